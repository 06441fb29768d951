//! Everything that must hold before a change lands.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

use crate::workspace::{WORKSPACES, all_packages, members, published, root, scratch, shell};
use crate::{conformance, fuzz, imports, packages, public_api};

/// What cargo itself and its plugins check: a name and the arguments in each line.
const CHECKS: &str = "\
formatting: fmt --all --check
clippy: clippy --workspace --all-targets --all-features -- -D warnings
documentation: doc --quiet --workspace --no-deps --all-features
licenses and sources: deny --locked check licenses sources
single versions: deny --locked --exclude-unpublished check bans
optional features: test --quiet --features system-roots,tracing --package bambora-tests --test spans --test system_roots";

/// Core's dependencies. The list is closed: see docs/architecture.md.
const CORE: &str = "base64 http percent-encoding serde serde_json thiserror zeroize";

pub(crate) fn run() -> Result<()> {
    let sh = &shell()?;
    for (name, arguments) in CHECKS.lines().filter_map(|line| line.split_once(": ")) {
        let arguments = arguments.split(' ');
        let check = cmd!(sh, "cargo {arguments...}");
        step(name, || Ok(check.env("RUSTDOCFLAGS", "-D warnings").run()?))?;
    }
    step("imports", imports::run)?;
    step("public signatures", public_api::run)?;
    step("dependencies of bambora-core", || core_dependencies(sh))?;
    step("oldest Rust", || oldest_rust(sh))?;
    step("advisories", || advisories(sh))?;
    step("each published crate without features", || without_features(sh))?;
    step("each published crate from its package", packages::run)?;
    step("conformance", || conformance::run(&conformance::Options::default()))?;
    step("formatting and clippy of fuzz/", || fuzz::check_style(sh))?;
    step("fuzzing", || fuzz::run(&fuzz::Options::of_ci()))?;
    // Last, so that the output ends with the number of passed tests.
    step("tests", || tests(sh))
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("── {name}");
    let started = Instant::now();
    work().context(name.to_owned())?;
    println!("   {name}: ok ({:.0} s)", started.elapsed().as_secs_f64());
    Ok(())
}

fn core_dependencies(sh: &Shell) -> Result<()> {
    let tree = "--package bambora-core --all-features --target all --edges normal --depth 1";
    let tree = tree.split(' ');
    let tree = cmd!(sh, "cargo tree --locked --prefix none {tree...}").quiet().read()?;
    let names = tree.lines().skip(1).filter_map(|line| line.split(' ').next());
    let names = names.collect::<Vec<_>>().join(" ");
    ensure!(names == CORE, "it has {names}, but its list is closed: {CORE}");
    Ok(())
}

/// Checks that no dependency of a package needs a newer Rust than the package promises to need.
fn oldest_rust(sh: &Shell) -> Result<()> {
    let minor = |version: &str| -> Option<u32> { version.split('.').nth(1)?.parse().ok() };
    let needed: HashMap<String, Option<u32>> = all_packages(sh)?
        .into_iter()
        .map(|package| {
            let needed = package.rust_version.as_deref().and_then(minor);
            (format!("{} v{}", package.name, package.version), needed)
        })
        .collect();
    for member in members(sh)? {
        let (name, promised) = (member.name, member.rust_version.as_deref().and_then(minor));
        let tree = "--edges normal,build --target all --all-features --prefix none".split(' ');
        let tree = cmd!(sh, "cargo tree --locked --package {name} {tree...}");
        for line in tree.quiet().read()?.lines() {
            let package: Vec<&str> = line.split(' ').take(2).collect();
            let package = package.join(" ");
            let needed = needed.get(&package).copied().flatten();
            ensure!(needed <= promised, "{name} promises Rust {promised:?}, but {package} needs {needed:?}");
        }
    }
    Ok(())
}

/// Checks each package without its default features.
fn without_features(sh: &Shell) -> Result<()> {
    let alone = scratch(sh, "alone")?;
    for package in published(sh)? {
        let name = package.name;
        cmd!(sh, "cargo check --quiet --no-default-features --package {name} --target-dir {alone}")
            .env("RUSTFLAGS", "-D warnings")
            .run()?;
    }
    Ok(())
}

/// Checks the dependencies for what is known against them, where the database of it can be reached.
fn advisories(sh: &Shell) -> Result<()> {
    let database = "https://github.com/RustSec/advisory-db";
    if cmd!(sh, "timeout 20 git ls-remote --exit-code {database} HEAD")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_err()
    {
        println!("   not checked: {database} can't be reached from here");
        return Ok(());
    }
    for manifest in WORKSPACES {
        cmd!(sh, "cargo deny --locked --manifest-path {manifest} check advisories").run()?;
    }
    Ok(())
}

/// Runs the README's own command, so that what it promises is what is checked.
fn tests(sh: &Shell) -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let mut commands = readme.lines().filter_map(|line| line.strip_prefix("cargo test"));
    let arguments = commands.next().context("README.md lacks the command that runs the tests")?;
    let arguments = arguments.split_whitespace();
    cmd!(sh, "cargo test {arguments...}").run()?;
    Ok(())
}
