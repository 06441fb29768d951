//! Checks and reports of this workspace: `cargo xtask`.

mod bench;
mod ci;
mod conformance;
mod document;
mod fuzz;
mod imports;
mod mutants;
mod packages;
mod public_api;
mod semver;
mod table;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Checks and reports of this workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Checks everything that must hold, the tests last.
    Ci,
    /// Checks that no two files of a crate import each other.
    Imports,
    /// Checks which crates show in public signatures.
    PublicApi,
    /// Reports what changed in the public API since a commit, by cargo-semver-checks.
    Semver(semver::Options),
    /// Builds the published crates from their packages, and a program with them.
    Packages,
    /// Runs the conformance suite against every transport.
    Conformance(conformance::Options),
    /// Runs the fuzz targets, each for a while.
    Fuzz(fuzz::Options),
    /// Changes the code in one place at a time, and counts the changes that no test notices: hours.
    Mutants(mutants::Options),
    /// Measures speed and weight beside the alternatives, and compares them with the targets.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Ci => ci::run(),
        Task::Imports => imports::run(),
        Task::PublicApi => public_api::run(),
        Task::Semver(options) => semver::run(&options),
        Task::Packages => packages::run(),
        Task::Conformance(options) => conformance::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Mutants(options) => mutants::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
