//! Everything that must hold before a change lands.

use std::error::Error;
use std::fs;
use std::time::Instant;

use crate::shell::{cargo, root, run, scratch};
use crate::{conformance, dependencies, layout};

/// The crates that are published.
pub(crate) const PUBLISHED: [&str; 6] = [
    "bambora-core",
    "bambora-hyper",
    "bambora-blocking",
    "bambora-conformance",
    "bambora-sandbox",
    "bambora-cli",
];

pub(crate) fn run_everything() -> Result<(), Box<dyn Error>> {
    step("formatting", || {
        run(cargo().args(["fmt", "--all", "--check"]))
    })?;
    step("names and sizes of files", layout::check)?;
    step("dependencies", dependencies::check)?;
    step("clippy", || {
        let all = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ];
        run(cargo().args(all))
    })?;
    step("each crate alone, with no default features", || {
        PUBLISHED.iter().try_for_each(|name| {
            run(cargo()
                .args([
                    "check",
                    "--quiet",
                    "--no-default-features",
                    "--package",
                    name,
                ])
                .env("RUSTFLAGS", "-D warnings")
                .env("CARGO_TARGET_DIR", scratch("alone")?))
        })
    })?;
    step("documentation", || {
        run(cargo()
            .args([
                "doc",
                "--quiet",
                "--workspace",
                "--no-deps",
                "--all-features",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("packages", || {
        let mut package = cargo();
        package.args(["package", "--quiet", "--workspace", "--allow-dirty"]);
        package.args([
            "--exclude",
            "xtask",
            "--exclude",
            "bambora-tests",
            "--exclude",
            "bambora-bench",
        ]);
        run(&mut package)
    })?;
    step("tests of what features switch on", || {
        let tests = ["test", "--quiet", "--all-features", "--test", "spans"];
        run(cargo().args(tests).args([
            "--package",
            "bambora-hyper",
            "--package",
            "bambora-blocking",
        ]))
    })?;
    step("conformance", || conformance::run(&[]))?;
    // Last, so that what is read last is how many tests passed.
    let command = test_command()?;
    println!("── {command}");
    run(cargo().args(command.split(' ').skip(1)))
}

/// The README's own command, so that what it promises is what is checked.
fn test_command() -> Result<String, Box<dyn Error>> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    readme
        .lines()
        .find(|line| line.starts_with("cargo test"))
        .map(str::to_owned)
        .ok_or_else(|| "README.md does not say how to run the tests".into())
}

fn step(
    name: &str,
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    println!("── {name}");
    let started = Instant::now();
    work().map_err(|error| format!("{name}: {error}"))?;
    println!(
        "   {name}: well, after {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
