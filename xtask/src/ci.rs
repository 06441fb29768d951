//! Everything that must hold before a change lands.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use crate::workspace::{all_packages, members, root, scratch, shell};
use crate::{conformance, imports};

/// Core's dependencies. The list is closed: see docs/architecture.md.
const CORE: [&str; 7] = [
    "base64",
    "http",
    "percent-encoding",
    "serde",
    "serde_json",
    "thiserror",
    "zeroize",
];

pub(crate) fn run() -> Result<()> {
    let sh = &shell()?;
    let published = members(sh)?.into_iter();
    let published = published.filter(|package| package.publish.is_none());
    let published: Vec<String> = published.map(|package| package.name).collect();
    let each: Vec<&str> = published
        .iter()
        .flat_map(|name| ["--package", name])
        .collect();
    let alone = scratch(sh, "alone")?;

    command("formatting", cmd!(sh, "cargo fmt --all --check"))?;
    command(
        "clippy",
        cmd!(
            sh,
            "cargo clippy --workspace --all-targets --all-features -- -D warnings"
        ),
    )?;
    step("each crate alone, without default features", || {
        published.iter().try_for_each(|name| {
            cmd!(
                sh,
                "cargo check --quiet --no-default-features --package {name}"
            )
            .env("RUSTFLAGS", "-D warnings")
            .env("CARGO_TARGET_DIR", &alone)
            .quiet()
            .run()
        })?;
        Ok(())
    })?;
    let doc = cmd!(sh, "cargo doc --quiet --workspace --no-deps --all-features");
    command("documentation", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    step("imports", imports::run)?;
    // Advisories are left out: they need a database from the network.
    command(
        "licenses and sources",
        cmd!(sh, "cargo deny --locked check licenses sources"),
    )?;
    command(
        "single versions",
        cmd!(sh, "cargo deny --locked --exclude-unpublished check bans"),
    )?;
    step("dependencies of bambora-core", || core_dependencies(sh))?;
    step("oldest Rust", || oldest_rust(sh))?;
    command(
        "packages",
        cmd!(sh, "cargo package --quiet --allow-dirty {each...}"),
    )?;
    command(
        "tests of optional features",
        cmd!(
            sh,
            "cargo test --quiet --all-features --test spans --package bambora-hyper --package bambora-blocking"
        ),
    )?;
    step("conformance", || {
        conformance::run(&conformance::Options::default())
    })?;
    // Last, so that the output ends with the number of passed tests.
    let tests = test_arguments()?;
    command("tests", cmd!(sh, "cargo {tests...}"))
}

/// Returns the arguments of the README's own command, so that what it promises is what is checked.
fn test_arguments() -> Result<Vec<String>> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let mut commands = readme
        .lines()
        .filter_map(|line| line.strip_prefix("cargo "));
    let tests = commands.find(|arguments| arguments.starts_with("test"));
    let tests = tests.context("README.md lacks the command that runs the tests")?;
    Ok(tests.split_whitespace().map(str::to_owned).collect())
}

fn core_dependencies(sh: &Shell) -> Result<()> {
    let tree = cmd!(
        sh,
        "cargo tree --locked --package bambora-core --all-features --target all --edges normal --depth 1 --prefix none"
    );
    let tree = tree.quiet().read()?;
    let names: Vec<&str> = tree
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .collect();
    ensure!(
        names == CORE,
        "bambora-core depends on {names:?}, and its list is closed: {CORE:?}"
    );
    Ok(())
}

/// Checks that no dependency needs a newer Rust than this workspace promises to need.
fn oldest_rust(sh: &Shell) -> Result<()> {
    let packages = all_packages(sh)?;
    let minor = |version: &str| -> Option<u32> { version.split('.').nth(1)?.parse().ok() };
    let promised = minor(env!("CARGO_PKG_RUST_VERSION"));
    for package in packages {
        let needed = package.rust_version.unwrap_or_default();
        ensure!(
            minor(&needed) <= promised,
            "{} {} needs Rust {needed}",
            package.name,
            package.version
        );
    }
    Ok(())
}

fn command(name: &str, command: Cmd<'_>) -> Result<()> {
    step(name, || Ok(command.run()?))
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("── {name}");
    let started = Instant::now();
    work().context(name.to_owned())?;
    println!("   {name}: ok ({:.0} s)", started.elapsed().as_secs_f64());
    Ok(())
}
