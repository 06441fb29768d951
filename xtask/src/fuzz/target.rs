//! One fuzz target as a process.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

/// Where the files of all targets are.
pub(super) struct Folders {
    /// The workspace of the targets, with the committed corpora.
    pub(super) fuzz: PathBuf,
    /// What runs find beyond those, where the next run goes on.
    pub(super) found: PathBuf,
    pub(super) temporary: PathBuf,
}

/// What came of a target.
pub(super) struct Run {
    pub(super) target: String,
    pub(super) seconds: u64,
    pub(super) executions: u64,
    /// Where the input is that made it fail, or where it says what else is wrong.
    pub(super) failure: Option<String>,
}

/// Runs a target until its time is over, or until it finds something.
pub(super) fn run(target: String, seconds: u64, executions: Option<u64>, folders: &Folders) -> Result<Run> {
    let mut command = command(&target, folders)?;
    command.arg(format!("-max_total_time={seconds}"));
    command.args(executions.map(|most| format!("-runs={most}")));
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs();
    let text = String::from_utf8_lossy(&output.stderr);
    let log = folders.found.join(format!("{target}.log"));
    fs::write(&log, &*text)?;

    let after = |words| text.lines().find_map(|line| Some(line.split_once(words)?.1.trim()));
    let failure = (!output.status.success()).then(|| match after("Test unit written to ") {
        Some(input) => format!("{target} fails with {input}: see {}", log.display()),
        None => format!("{target} fails: see {}", log.display()),
    });
    let executions = after("stat::number_of_executed_units:").with_context(|| log.display().to_string())?;
    Ok(Run { target, seconds, executions: executions.parse()?, failure })
}

fn command(target: &str, folders: &Folders) -> Result<Command> {
    let corpora = [&folders.found, &folders.fuzz.join("corpus")].map(|corpora| corpora.join(target));
    let artifacts = folders.fuzz.join("artifacts").join(target);
    for folder in corpora.iter().chain([&artifacts]) {
        fs::create_dir_all(folder)?;
    }
    let mut command = Command::new("cargo");
    command.current_dir(&folders.fuzz).env("TMPDIR", &folders.temporary);
    command.args(["run", "--quiet", "--release", "--locked", "--bin", target, "--"]).args(corpora);
    command.args(["-print_final_stats=1", "-timeout=60", "-max_len=4096"]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    let dictionary = folders.fuzz.join("dictionaries").join(target);
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    Ok(command)
}
