//! One fuzz target as a process.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::options::Options;

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
pub(super) fn run(target: String, options: &Options, folders: &Folders) -> Result<Run> {
    let mut command = command(&target, options, folders)?;
    command.arg(format!("-max_total_time={}", options.seconds));
    command.args(options.executions.map(|most| format!("-runs={most}")));
    command.args(options.seed.map(|seed| format!("-seed={seed}")));
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs();
    let text = String::from_utf8_lossy(&output.stderr);
    let log = folders.found.join(format!("{target}.log"));
    fs::write(&log, &*text)?;

    let after = |words| text.lines().find_map(|line| Some(line.split_once(words)?.1.trim()));
    let failure = (!output.status.success()).then(|| {
        let input = after("Test unit written to ").unwrap_or("no input");
        let base64 = after("Base64:").unwrap_or("none");
        let message = text.lines().skip_while(|line| !line.contains("panicked at")).take(4).collect::<Vec<_>>();
        format!("{target} fails with {input} (Base64: {base64}): see {}\n{}", log.display(), message.join("\n"))
    });
    let executions = after("stat::number_of_executed_units:").with_context(|| log.display().to_string())?;
    Ok(Run { target, seconds, executions: executions.parse()?, failure })
}

fn command(target: &str, options: &Options, folders: &Folders) -> Result<Command> {
    let found = if options.seed.is_some() { &folders.temporary } else { &folders.found };
    let corpora = [found, &folders.fuzz.join("corpus")].map(|corpora| corpora.join(target));
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
