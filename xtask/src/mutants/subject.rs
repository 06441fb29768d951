//! The packages whose code is changed, and the tests that have to notice.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use super::results::Results;
use crate::workspace::scratch;

/// A package whose code is changed.
pub(super) struct Subject {
    pub(super) package: &'static str,
    /// How many of its viable mutants may be missed, in percent.
    pub(super) percent: usize,
    /// Whose tests have to notice, the quick ones first. A later round has only the mutants that the earlier ones missed.
    rounds: &'static [Round],
}

/// The packages and the targets that `cargo test` runs.
type Round = (&'static str, &'static str);

pub(super) const SUBJECTS: [Subject; 4] = [
    Subject {
        package: "bambora-core",
        percent: 2,
        rounds: &[("bambora-core", "--lib --test it"), ("bambora-core", "--test posting --examples")],
    },
    Subject { package: "bambora-client", percent: 5, rounds: &[("bambora-client", "--lib"), CLIENTS, TOGETHER] },
    Subject { package: "bambora-hyper", percent: 5, rounds: &[("bambora-hyper", "--lib --tests"), TOGETHER] },
    Subject { package: "bambora-blocking", percent: 5, rounds: &[("bambora-blocking", "--lib --tests"), TOGETHER] },
];

const CLIENTS: Round = ("bambora-hyper,bambora-blocking", "--lib --tests");
const TOGETHER: Round = ("bambora-tests", "--test it --test spans --test tower --test system_roots");

impl Subject {
    /// Runs all rounds.
    pub(super) fn test(&self, shell: &Shell, iterate: bool) -> Result<Results> {
        let folder = scratch(shell, "mutants")?.join(self.package);
        let folder = shell.create_dir(folder)?;
        let kept = folder.join("results.json");
        let mut results = Results::default();
        if iterate {
            results = Results::load(&kept)?;
        } else {
            shell.remove_path(folder.join("mutants.out"))?;
        }
        for round in self.rounds {
            results.add(&self.run(shell, &folder, *round)?)?;
            results.save(&kept)?;
        }
        let package = self.package;
        results.keep_only(&cmd!(shell, "cargo mutants --package {package} --list --json").quiet().read()?)?;
        Ok(results)
    }

    /// Runs the mutants that were not caught before, and returns the report.
    fn run(&self, shell: &Shell, folder: &Path, (tested, targets): Round) -> Result<String> {
        let package = self.package;
        let targets = targets.split(' ').map(|target| format!("--cargo-arg={target}"));
        let run = cmd!(shell, "cargo mutants --package {package} --test-package {tested} --output {folder} --iterate")
            .args(targets)
            // All runs share the dependencies; and nothing but a mutant ever is in this folder.
            .env("CARGO_TARGET_DIR", scratch(shell, "mutants")?.join("target"));
        let status = std::process::Command::from(run).status()?;
        // 2: mutants were missed. 3: tests of mutants took too long.
        match status.code() {
            Some(0 | 2 | 3) => {}
            _ => bail!("cargo mutants: {status}"),
        }
        let report = folder.join("mutants.out/outcomes.json");
        shell.read_file(&report).context("cargo mutants left no report")
    }
}
