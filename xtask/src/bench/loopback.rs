//! Cancels over loopback: every row against the same server, one after the other, round after round.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use xshell::{Shell, cmd};

use super::programs::{Programs, report};
use super::rounds::Rounds;

/// What is compared: bare sockets first, then the libraries by themselves, this project's clients, and other clients in use.
const ROWS: [&str; 9] = [
    "raw",
    "hyper http1",
    "hyper-util",
    "bambora-hyper",
    "reqwest",
    "raw, blocking",
    "ureq",
    "bambora-blocking",
    PYTHON,
];
pub(crate) const PYTHON: &str = "requests (Python)";

/// The ticks in a second, as Linux counts processor time for programs.
const TICKS: f64 = 100.0;

/// The circumstances under which rows are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) tls: bool,
    pub(crate) reuse: bool,
    pub(crate) in_flight: usize,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.tls { "TLS" } else { "plain" };
        let reuse = if self.reuse { "reused" } else { "fresh" };
        write!(f, "{kind}, {reuse} connections, {} in flight", self.in_flight)
    }
}

/// One row in one setting.
pub(crate) struct Measured {
    pub(crate) row: &'static str,
    pub(crate) setting: Setting,
    rounds: Vec<Round>,
}

/// A round of a row, as the row's program reports it.
#[derive(Deserialize)]
pub(crate) struct Round {
    calls: f64,
    pub(crate) per_second: f64,
    /// In nanoseconds, as is `p99`.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    cpu_ticks: f64,
    pub(crate) peak_kib: f64,
    /// The share of the time for which the server's only thread was busy.
    #[serde(skip)]
    pub(crate) server_busy: f64,
}

impl Round {
    /// Returns the processor time of each cancel, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu_ticks / TICKS * 1e6 / self.calls
    }
}

pub(crate) struct Loopback {
    pub(crate) rows: Vec<Measured>,
    /// The flow's time as a multiple of a single exchange's, by client.
    pub(crate) flow_over_exchange: Vec<(&'static str, Rounds)>,
}

impl Loopback {
    pub(crate) fn measure(programs: &Programs, quick: bool) -> Result<Self> {
        let (rounds, milliseconds) = if quick { (5, "150") } else { (9, "500") };
        let kinds: &[bool] = if quick { &[false] } else { &[false, true] };
        let names = installed_rows(programs.shell());
        let mut rows = Vec::new();
        for setting in kinds.iter().flat_map(|tls| settings(*tls)) {
            println!("   {setting}: {rounds} rounds");
            let measured = names.iter().map(|row| Measured { row, setting, rounds: Vec::new() });
            let mut measured: Vec<_> = measured.collect();
            for _ in 0..rounds {
                for row in &mut measured {
                    row.measure(programs, milliseconds)?;
                }
            }
            rows.extend(measured);
        }
        let flow_over_exchange = flows(programs, rounds, milliseconds)?;
        Ok(Self { rows, flow_over_exchange })
    }

    /// Returns the throughput of a row as a multiple of another's.
    pub(crate) fn ratio(&self, row: &str, other: &str, setting: Setting) -> f64 {
        let find = |name| self.rows.iter().find(|one| one.row == name && one.setting == setting);
        let (Some(row), Some(other)) = (find(row), find(other)) else {
            return f64::NAN;
        };
        let per_second = |measured: &Measured| measured.rounds(|round| round.per_second);
        per_second(row).over(&per_second(other)).median()
    }

    pub(crate) fn settings(&self) -> Vec<Setting> {
        let mut settings: Vec<_> = self.rows.iter().map(|row| row.setting).collect();
        settings.dedup();
        settings
    }
}

pub(crate) fn settings(tls: bool) -> [Setting; 4] {
    [(true, 1), (true, 32), (false, 1), (false, 32)].map(|(reuse, in_flight)| Setting { tls, reuse, in_flight })
}

/// Returns all rows; Python's only if Python and its library are installed.
fn installed_rows(shell: &Shell) -> Vec<&'static str> {
    let probe = cmd!(shell, "python3 -c 'import requests'").quiet().ignore_stderr();
    let has_python = probe.run().is_ok();
    if !has_python {
        println!("   Python's requests is not installed: its row is left out");
    }
    ROWS.into_iter().filter(|row| *row != PYTHON || has_python).collect()
}

impl Measured {
    pub(crate) fn rounds(&self, number: impl Fn(&Round) -> f64) -> Rounds {
        Rounds(self.rounds.iter().map(number).collect())
    }

    fn measure(&mut self, programs: &Programs, milliseconds: &str) -> Result<()> {
        let server = Server::start(programs, self.setting.tls)?;
        let program = if self.row == PYTHON {
            cmd!(programs.shell(), "python3 tests/bench/loopback/requests_session.py").quiet()
        } else {
            programs.call("loopback", &["--row", self.row])?
        };
        let reuse = if self.setting.reuse { "reuse" } else { "fresh" };
        let program = program
            .args([&server.port, &server.certificate, reuse])
            .args([&self.setting.in_flight.to_string(), milliseconds]);
        let before = server.ticks(programs)?;
        let mut round: Round = report(program)?;
        let busy = (server.ticks(programs)? - before) / TICKS;
        round.server_busy = busy / (milliseconds.parse::<f64>()? / 1000.0);
        self.rounds.push(round);
        Ok(())
    }
}

fn flows(programs: &Programs, rounds: usize, milliseconds: &str) -> Result<Vec<(&'static str, Rounds)>> {
    #[derive(Deserialize)]
    struct Medians {
        flow: f64,
        exchange: f64,
    }
    println!("   the flow and a single exchange, by turns: {rounds} rounds");
    let server = Server::start(programs, false)?;
    let ratio = |client| -> Result<f64> {
        let arguments = ["--flow", client, &server.port, milliseconds];
        let medians: Medians = report(programs.call("loopback", &arguments)?)?;
        Ok(medians.flow / medians.exchange)
    };
    let clients = ["bambora-hyper", "bambora-blocking"].into_iter();
    let ratios = clients.map(|client| {
        let ratios: Result<_> = (0..rounds).map(|_| ratio(client)).collect();
        Ok((client, Rounds(ratios?)))
    });
    ratios.collect()
}

/// The server, in a process of its own, until this is dropped. Each row in each round has another one, on another port: else the
/// connections of earlier rows, whose addresses the system keeps for a while after their end, would leave later ones to search
/// for a free one.
struct Server {
    process: Child,
    port: String,
    /// In hexadecimal digits; `-` if the server does not speak TLS.
    certificate: String,
}

impl Server {
    fn start(programs: &Programs, tls: bool) -> Result<Self> {
        let call = programs.call("loopback", &["--server", if tls { "tls" } else { "plain" }])?;
        let mut command = Command::from(call);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let port = words.next().context("the server printed no port")?;
        let certificate = words.next().unwrap_or_else(|| "-".to_owned());
        Ok(Self { process, port, certificate })
    }

    fn ticks(&self, programs: &Programs) -> Result<f64> {
        let ticks = programs.call("loopback", &["--ticks", &self.process.id().to_string()])?;
        Ok(ticks.read()?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends with its standard input. If it has ended already, there is nothing to do.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
