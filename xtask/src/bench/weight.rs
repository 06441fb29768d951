//! What a program carries with it: crates, the time of a cold release build, and the size of the least program that does the job.

use std::collections::HashSet;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::time::Instant;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::workspace::{root, scratch};

/// The least program of each kind, which is in `tests/bench/weight`, with its dependencies.
const PROGRAMS: [(&str, &[&str]); 6] = [
    ("core", &[CORE, "http = '1'"]),
    (
        "blocking",
        &[
            CORE,
            "bambora-blocking = { path = '{root}/crates/bambora-blocking' }",
        ],
    ),
    (
        "hyper",
        &[
            CORE,
            "bambora-hyper = { path = '{root}/crates/bambora-hyper' }",
            TOKIO,
        ],
    ),
    (
        "reqwest",
        &[
            "reqwest = { version = '0.13.5', features = ['json'] }",
            JSON,
            TOKIO,
        ],
    ),
    (
        "ureq",
        &["ureq = { version = '3.5.2', features = ['json'] }", JSON],
    ),
    ("async_stripe", &[STRIPE, TOKIO]),
];
const CORE: &str = "bambora-core = { path = '{root}/crates/bambora-core' }";
const JSON: &str = "serde_json = '1'";
const TOKIO: &str = "tokio = { version = '1', default-features = false, features = ['rt'] }";
const STRIPE: &str = "async-stripe = { version = '0.41', default-features = false, features = ['runtime-tokio-hyper-rustls-webpki'] }";

const MANIFEST: &str = "\
[package]
name = 'least-program'
version = '0.0.0'
edition = '2024'

[profile.release]
strip = true

[workspace]

[dependencies]
";

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
    let programs = PROGRAMS.into_iter();
    programs
        .map(|(name, dependencies)| measure_one(shell, name, dependencies))
        .collect()
}

fn measure_one(shell: &Shell, name: &'static str, dependencies: &[&str]) -> Result<Program> {
    println!("   a cold release build of the least program with {name}");
    let folder = scratch(shell, "bench-weight")?.join(name);
    shell.remove_path(&folder)?;
    let source = root().join(format!("tests/bench/weight/{name}.rs"));
    shell.copy_file(
        source,
        shell.create_dir(folder.join("src"))?.join("main.rs"),
    )?;
    // The versions are those of this workspace, except for crates that it does not use.
    shell.copy_file(root().join("Cargo.lock"), &folder)?;
    let dependencies = dependencies
        .join("\n")
        .replace("{root}", &root().display().to_string());
    shell.write_file(
        folder.join("Cargo.toml"),
        format!("{MANIFEST}{dependencies}\n"),
    )?;
    let _folder = shell.push_dir(&folder);
    // The downloads do not count.
    cmd!(shell, "cargo fetch --quiet").quiet().run()?;
    let target = folder.join("target");
    let build =
        cmd!(shell, "cargo build --quiet --release --offline").env("CARGO_TARGET_DIR", &target);
    let started = Instant::now();
    build.quiet().run()?;
    Ok(Program {
        name,
        build_seconds: started.elapsed().as_secs_f64(),
        crates: tree_size(shell, &[])? - 1,
        bytes: fs::metadata(target.join(format!("release/least-program{EXE_SUFFIX}")))?.len(),
    })
}

/// Returns how many crates are in a tree, as it is built for users, its root included.
pub(crate) fn tree_size(shell: &Shell, arguments: &[&str]) -> Result<usize> {
    let tree = cmd!(
        shell,
        "cargo tree --locked --edges normal --prefix none {arguments...}"
    )
    .quiet()
    .read()?;
    let crates: HashSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    Ok(crates.len())
}
