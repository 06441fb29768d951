//! Cancels over loopback: every row against the same server, one after the other, round after round.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::programs::{Programs, number};
use super::rounds::Rounds;
use crate::shell::{read, root};

/// What is compared: the physical floors first, then the libraries by themselves, ours, and what else is in use.
pub(crate) const ROWS: [&str; 9] = [
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

/// The ticks of a second, as Linux counts them for programs.
const TICKS: f64 = 100.0;

/// Under which circumstances rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) tls: bool,
    pub(crate) reuse: bool,
    pub(crate) in_flight: usize,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.tls { "TLS" } else { "plain" };
        let reuse = if self.reuse { "reused" } else { "fresh" };
        write!(
            f,
            "{kind}, {reuse} connections, {} in flight",
            self.in_flight
        )
    }
}

/// One row in one setting.
pub(crate) struct Measured {
    pub(crate) row: &'static str,
    pub(crate) setting: Setting,
    pub(crate) per_second: Rounds,
    pub(crate) p50_us: Rounds,
    pub(crate) p99_us: Rounds,
    /// Time on a processor for each cancel, in microseconds.
    pub(crate) cpu_us: Rounds,
    pub(crate) peak_kib: Rounds,
    /// Which share of its one thread the server was busy for.
    pub(crate) server_busy: Rounds,
}

pub(crate) struct Loopback {
    pub(crate) rows: Vec<Measured>,
    /// The flow's time as a multiple of a single exchange's, by client.
    pub(crate) flow_over_exchange: Vec<(&'static str, Rounds)>,
}

impl Loopback {
    pub(crate) fn measure(programs: &Programs, quick: bool) -> Result<Self, Box<dyn Error>> {
        let (rounds, milliseconds) = if quick { (5, "150") } else { (9, "500") };
        let kinds: &[bool] = if quick { &[false] } else { &[false, true] };
        let names = rows_here();
        let mut rows = Vec::new();
        let mut flow_over_exchange = Vec::new();
        for &tls in kinds {
            for setting in settings(tls) {
                println!("   {setting}: {rounds} rounds");
                let measured = names.iter().map(|row| Measured::nothing(row, setting));
                let mut measured: Vec<_> = measured.collect();
                for _ in 0..rounds {
                    for row in &mut measured {
                        row.round(programs, milliseconds)?;
                    }
                }
                rows.extend(measured);
            }
            if !tls {
                flow_over_exchange = flows(programs, rounds, milliseconds)?;
            }
        }
        Ok(Self {
            rows,
            flow_over_exchange,
        })
    }

    pub(crate) fn row(&self, row: &str, setting: Setting) -> Option<&Measured> {
        self.rows
            .iter()
            .find(|one| one.row == row && one.setting == setting)
    }

    /// The throughput of a row as a multiple of another's.
    pub(crate) fn ratio(&self, row: &str, other: &str, setting: Setting) -> Rounds {
        match (self.row(row, setting), self.row(other, setting)) {
            (Some(row), Some(other)) => row.per_second.over(&other.per_second),
            _ => Rounds::default(),
        }
    }

    pub(crate) fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for row in &self.rows {
            if !settings.contains(&row.setting) {
                settings.push(row.setting);
            }
        }
        settings
    }
}

pub(crate) fn settings(tls: bool) -> [Setting; 4] {
    [(true, 1), (true, 32), (false, 1), (false, 32)].map(|(reuse, in_flight)| Setting {
        tls,
        reuse,
        in_flight,
    })
}

/// Without Python's row where Python, or its library, is not installed.
fn rows_here() -> Vec<&'static str> {
    let mut probe = Command::new("python3");
    let has_python = read(probe.args(["-c", "import requests"])).is_ok();
    if !has_python {
        println!("   Python's requests is not installed: its row is left out");
    }
    let rows = ROWS.into_iter();
    rows.filter(|row| *row != PYTHON || has_python).collect()
}

impl Measured {
    fn nothing(row: &'static str, setting: Setting) -> Self {
        Self {
            row,
            setting,
            per_second: Rounds::default(),
            p50_us: Rounds::default(),
            p99_us: Rounds::default(),
            cpu_us: Rounds::default(),
            peak_kib: Rounds::default(),
            server_busy: Rounds::default(),
        }
    }

    fn round(&mut self, programs: &Programs, milliseconds: &str) -> Result<(), Box<dyn Error>> {
        let server = Server::start(programs, self.setting.tls)?;
        let mut command = if self.row == PYTHON {
            let script = root().join("tests/bench/loopback/requests_session.py");
            let mut command = Command::new("python3");
            command.arg(script);
            command
        } else {
            let mut command = programs.call("loopback")?;
            command.args(["--row", self.row]);
            command
        };
        let reuse = if self.setting.reuse { "reuse" } else { "fresh" };
        command.args([&server.port, &server.certificate, reuse]);
        command.args([&self.setting.in_flight.to_string(), milliseconds]);
        let before = server.ticks(programs)?;
        let report: Value = serde_json::from_str(&read(&mut command)?)?;
        let busy = (server.ticks(programs)? - before) / TICKS;
        let seconds = milliseconds.parse::<f64>()? / 1000.0;
        let number = |pointer| number(&report, pointer);
        self.per_second.push(number("/per_second")?);
        self.p50_us.push(number("/p50")? / 1000.0);
        self.p99_us.push(number("/p99")? / 1000.0);
        let cpu_seconds = number("/cpu_ticks")? / TICKS;
        self.cpu_us.push(cpu_seconds * 1e6 / number("/calls")?);
        self.peak_kib.push(number("/peak_kib")?);
        self.server_busy.push(busy / seconds);
        Ok(())
    }
}

fn flows(
    programs: &Programs,
    rounds: usize,
    milliseconds: &str,
) -> Result<Vec<(&'static str, Rounds)>, Box<dyn Error>> {
    println!("   the flow and a single exchange, by turns: {rounds} rounds");
    let server = Server::start(programs, false)?;
    let mut ratios = Vec::new();
    for client in ["bambora-hyper", "bambora-blocking"] {
        let mut ratio = Rounds::default();
        for _ in 0..rounds {
            let mut command = programs.call("loopback")?;
            command.args(["--flow", client, &server.port, milliseconds]);
            let report: Value = serde_json::from_str(&read(&mut command)?)?;
            ratio.push(number(&report, "/flow")? / number(&report, "/exchange")?);
        }
        ratios.push((client, ratio));
    }
    Ok(ratios)
}

/// The server, in a process of its own, until this is dropped. Each row in each round has another one, on another port: else the
/// connections of earlier rows, whose addresses the system keeps for a while after their end, would leave later ones to search
/// for one that is free.
struct Server {
    process: Child,
    port: String,
    /// In hexadecimal digits; `-` where it speaks clear text.
    certificate: String,
}

impl Server {
    fn start(programs: &Programs, tls: bool) -> Result<Self, Box<dyn Error>> {
        let mut command = programs.call("loopback")?;
        command.args(["--server", if tls { "tls" } else { "plain" }]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (port, certificate) = line
            .trim_end_matches('\n')
            .split_once(' ')
            .unwrap_or_default();
        Ok(Self {
            process,
            port: port.to_owned(),
            certificate: if tls {
                certificate.to_owned()
            } else {
                "-".to_owned()
            },
        })
    }

    fn ticks(&self, programs: &Programs) -> Result<f64, Box<dyn Error>> {
        let mut command = programs.call("loopback")?;
        let ticks = read(command.args(["--ticks", &self.process.id().to_string()]))?;
        Ok(ticks.trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input; where it is gone already, there is nothing to end.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
