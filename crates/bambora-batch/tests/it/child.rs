//! This test binary once more, as another process with a journal.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use bambora_batch::{Conclusion, Journal, Record, RunEvent, Runner};
use bambora_hyper::Client;

use super::fixture::Fixture;
use super::temporary::{open, references};

/// What the process does, and to which journal.
const TASK: &str = "BAMBORA_BATCH_TASK";
const JOURNAL: &str = "BAMBORA_BATCH_JOURNAL";

const SERVER: &str = "BAMBORA_BATCH_SERVER";

/// Before each line that is meant for the parent; the test harness prints others.
const MARK: &str = "> ";

/// A process at work. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// `wrapped` is a program and its arguments that starts the process.
    pub(crate) fn start(task: &str, journal: &Path, wrapped: &[&str]) -> Self {
        Self::start_with(task, journal, wrapped, "")
    }

    /// A process that cancels the journal's payments at a server.
    pub(crate) fn run(journal: &Path, base_url: &str) -> Self {
        Self::start_with("run", journal, &[], base_url)
    }

    fn start_with(task: &str, journal: &Path, wrapped: &[&str], server: &str) -> Self {
        let binary = std::env::current_exe().unwrap();
        let mut command = match wrapped {
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(binary);
                command
            }
            [] => Command::new(binary),
        };
        let mut child = command
            .args(["child::process", "--exact", "--nocapture"])
            .env(TASK, task)
            .env(JOURNAL, journal)
            .env(SERVER, server)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that the process prints, as long as it lives.
    pub(crate) fn line(&mut self) -> Option<String> {
        for line in &mut self.lines {
            // The harness does not end its line before it runs the test.
            if let Some((_, text)) = line.ok()?.split_once(MARK) {
                return Some(text.to_owned());
            }
        }
        None
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a script can be run this way. Namespaces and mounts are not permitted everywhere.
#[cfg(target_os = "linux")]
pub(crate) fn is_permitted(wrapped: &[&str], script: &str) -> bool {
    Command::new(wrapped[0]).args(&wrapped[1..]).arg(script).output().is_ok_and(|output| output.status.success())
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{text}").unwrap();
    out.flush().unwrap();
}

/// What the other process does; nothing in the process that runs the tests.
#[test]
fn process() {
    let Some(task) = std::env::var_os(TASK) else {
        return;
    };
    let path = PathBuf::from(std::env::var_os(JOURNAL).unwrap());
    match task.to_str().unwrap() {
        "hold" => hold(&path),
        "work" => work(&path),
        "fill" => fill(&path),
        "run" => run(&path, &std::env::var(SERVER).unwrap()),
        other => panic!("no task {other}"),
    }
}

/// Opens the journal, claims a row, and keeps all that until it is killed.
fn hold(path: &Path) {
    match open(path) {
        Ok(journal) => {
            let run = journal.begin_run().wait().unwrap();
            let taken = journal.claim(run, 1).wait().unwrap();
            say(&format!("claimed {}", taken.len()));
            loop {
                std::thread::park();
            }
        }
        Err(error) => say(&error.to_string()),
    }
}

/// Claims and records, and says so afterwards.
fn work(path: &Path) {
    let journal = open(path).unwrap();
    let run = journal.begin_run().wait().unwrap();
    say("begun");
    loop {
        let mut taken = journal.claim_in_doubt(run, 7).wait().unwrap();
        taken.extend(journal.claim(run, 7).wait().unwrap());
        if taken.is_empty() {
            break;
        }
        for taken in &taken {
            say(&format!("started {}", taken.reference()));
        }
        for taken in taken {
            let name = taken.reference().clone();
            let record = Record::new(Conclusion::Canceled { confirmation: "query".to_owned() });
            journal.record(taken, record).wait().unwrap();
            say(&format!("canceled {name}"));
        }
    }
    journal.close().wait().unwrap();
    say("done");
}

/// Cancels all payments, and says of each what was recorded.
fn run(path: &Path, base_url: &str) {
    let api = Fixture::api(base_url);
    let client = Client::builder().reuse_connections(true).build(api).unwrap();
    let journal = Journal::open(path, client.api().merchant()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let runner = Fixture::quick(Runner::new(&journal, &client)).stuck_after(3);
    let summary = runtime.block_on(runner.run_with(|event| {
        if let RunEvent::Recorded(recorded) = event {
            say(&format!("{} {}", recorded.status(), recorded.reference));
        }
        std::future::ready(())
    }));
    say(&format!("end {}", summary.unwrap().end));
}

/// Adds rows until that fails, says how, and how many were added.
fn fill(path: &Path) {
    let journal = open(path).unwrap();
    let mut added = 0;
    for part in references(1_000_000).chunks(100) {
        match journal.add(part.to_vec()).wait() {
            Ok(part) => added += part.added,
            Err(error) => {
                say(&error.to_string());
                say(&added.to_string());
                let counted = journal.counts().wait();
                say(&counted.map_or_else(|error| error.to_string(), |counts| counts.to_string()));
                return;
            }
        }
    }
}
