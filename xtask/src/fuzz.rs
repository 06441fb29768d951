//! Runs the fuzz targets, each for a while.

mod options;
mod target;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use crate::table::{Cells, table};
use crate::workspace::{root, scratch, shell};
pub(crate) use options::Options;
use target::{Folders, Run};

pub(crate) fn run(options: &Options) -> Result<()> {
    let sh = shell()?;
    let targets = targets(options)?;
    ensure!(!targets.is_empty(), "there is no such target: see fuzz/fuzz_targets");
    {
        let _folder = sh.push_dir("fuzz");
        // Its .cargo/config.toml has the instrumentation.
        cmd!(sh, "cargo build --quiet --release --locked --bins").run()?;
    }
    let temporary = Temporary::new(&sh)?;
    let folders = Folders { fuzz: root().join("fuzz"), found: scratch(&sh, "fuzz")?, temporary: temporary.0.clone() };
    let mut runs = run_all(targets, options, &folders)?;
    runs.sort_by(|one, other| one.target.cmp(&other.target));
    print!("{}", table(&rows(&runs)));
    let failures: Vec<_> = runs.into_iter().filter_map(|run| run.failure).collect();
    ensure!(failures.is_empty(), failures.join("\n"));
    Ok(())
}

/// Checks the workspace of the targets, with the settings that they are built with: its dependencies are built once.
pub(crate) fn check_style(sh: &Shell) -> Result<()> {
    let _folder = sh.push_dir("fuzz");
    cmd!(sh, "cargo fmt --check").run()?;
    cmd!(sh, "cargo clippy --quiet --release --locked --all-targets -- -D warnings").run()?;
    Ok(())
}

fn targets(options: &Options) -> Result<Vec<String>> {
    let files = fs::read_dir(root().join("fuzz/fuzz_targets"))?;
    let paths: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
    let names = paths.iter().filter_map(|path| path.file_stem()?.to_str());
    let is_wanted = |name: &&str| options.target.as_ref().is_none_or(|target| target == name);
    Ok(names.filter(is_wanted).map(str::to_owned).collect())
}

fn run_all(targets: Vec<String>, options: &Options, folders: &Folders) -> Result<Vec<Run>> {
    let queue = Mutex::new(targets.into_iter());
    let next = || queue.lock().ok()?.next();
    let work =
        || -> Result<Vec<Run>> { std::iter::from_fn(next).map(|name| target::run(name, options, folders)).collect() };
    let runs: Result<Vec<_>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    Ok(runs?.into_iter().flatten().collect())
}

/// A folder for temporary files, in memory if there is such a file system: a journal waits for the disk with every change.
struct Temporary(PathBuf);

impl Temporary {
    fn new(sh: &Shell) -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { scratch(sh, "fuzz-files")? };
        Ok(Self(sh.create_dir(parent.join(format!("bambora-fuzz-{}", std::process::id())))?))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What stays is empty, or small.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn rows(runs: &[Run]) -> Vec<Cells<'static>> {
    let row = |name: &str, executions: u64, seconds: u64, result: &str| {
        vec![
            ("target", name.to_owned()),
            ("executions", executions.to_string()),
            ("seconds", seconds.to_string()),
            ("per second", (executions / seconds.max(1)).to_string()),
            ("result", result.to_owned()),
        ]
    };
    let sum = |of: fn(&Run) -> u64| runs.iter().map(of).sum();
    let result = |failure: &Option<String>| failure.as_ref().map_or("nothing found", |_| "found an input");
    runs.iter()
        .map(|run| row(&run.target, run.executions, run.seconds, result(&run.failure)))
        .chain([row("all", sum(|run| run.executions), sum(|run| run.seconds), "")])
        .collect()
}
