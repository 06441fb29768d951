//! What a program carries with it: crates, the time of a cold release build, and the size of the least program that does the job.

use std::collections::HashSet;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::time::Instant;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::workspace::{root, scratch};

/// The least program of each kind, which is in `tests/bench/weight` with its manifest.
const PROGRAMS: [&str; 6] = ["core", "blocking", "hyper", "reqwest", "ureq", "async_stripe"];

/// One program's weight.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The crates that it is built of, without itself.
    pub(crate) crates: usize,
    pub(crate) build_seconds: f64,
    pub(crate) bytes: u64,
}

/// Builds each program from nothing.
pub(crate) fn measure(shell: &Shell) -> Result<Vec<Program>> {
    PROGRAMS.into_iter().map(|name| measure_one(shell, name)).collect()
}

fn measure_one(shell: &Shell, name: &'static str) -> Result<Program> {
    println!("   a cold release build of the least program with {name}");
    // The manifest's relative paths start here.
    let folder = scratch(shell, "bench-weight")?.join(name);
    shell.remove_path(&folder)?;
    shell.create_dir(folder.join("src"))?;
    let source = root().join("tests/bench/weight").join(name);
    shell.copy_file(source.with_extension("rs"), folder.join("src/main.rs"))?;
    shell.copy_file(source.with_extension("toml"), folder.join("Cargo.toml"))?;
    // The versions are those of this workspace, except for crates that it does not use.
    shell.copy_file("Cargo.lock", folder.join("Cargo.lock"))?;
    let _folder = shell.push_dir(&folder);
    // The downloads do not count.
    cmd!(shell, "cargo fetch --quiet").quiet().run()?;
    let build = cmd!(shell, "cargo build --quiet --release --offline --target-dir target");
    let started = Instant::now();
    build.quiet().run()?;
    Ok(Program {
        name,
        build_seconds: started.elapsed().as_secs_f64(),
        crates: tree_size(shell, &[])? - 1,
        bytes: fs::metadata(folder.join(format!("target/release/least-program{EXE_SUFFIX}")))?.len(),
    })
}

/// Returns how many crates are in a tree, as it is built for users, its root included.
pub(crate) fn tree_size(shell: &Shell, arguments: &[&str]) -> Result<usize> {
    let tree = cmd!(shell, "cargo tree --locked --edges normal --prefix none {arguments...}");
    let tree = tree.quiet().read()?;
    let crates: HashSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(crates.len())
}
