//! The packages whose code is changed, and the tests that have to notice.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;
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

/// How much is run.
#[derive(Args)]
pub(super) struct Extent {
    /// Goes on with the last run: leaves out the mutants that were caught or did not compile.
    #[arg(long)]
    iterate: bool,
    /// Runs nothing, and tells what came of the runs so far.
    #[arg(long, conflicts_with = "iterate")]
    tally: bool,
}

/// Tests that `cargo test` runs.
struct Round {
    packages: &'static str,
    targets: &'static str,
    /// The tests by parts of their names, as the test programs take them.
    tests: &'static str,
}

/// All tests of some targets.
const fn all(packages: &'static str, targets: &'static str) -> Round {
    Round { packages, targets, tests: "" }
}

const CLIENTS: &str = "bambora-hyper,bambora-blocking";

/// The tests of both clients together, without those that take long.
const TOGETHER: Round = Round {
    packages: "bambora-tests",
    targets: "--test it --test spans --test system_roots",
    tests: "clients:: postings:: services embeddings own_operation simulated_clock spans --skip killed",
};

pub(super) const SUBJECTS: [Subject; 6] = [
    Subject {
        package: "bambora-core",
        percent: 2,
        rounds: &[
            // Explorations of a broken flow take long.
            Round {
                packages: "bambora-core",
                targets: "--lib --test it",
                tests: "--skip any_response --skip bounds:: --skip a_long_text --skip what_is_accepted --skip no_schedule \
                        --skip other_budgets --skip is_caught",
            },
            Round {
                packages: "bambora-core",
                targets: "--test it --test posting --examples",
                tests: "any_response bounds:: a_long_text what_is_accepted no_schedule_makes no_schedule_posts is_caught tables \
                        opt_in",
            },
        ],
    },
    Subject {
        package: "bambora-client",
        percent: 5,
        rounds: &[
            all("bambora-client", "--lib --test it"),
            all(CLIENTS, "--lib --test it"),
            all(CLIENTS, "--test conformance"),
            TOGETHER,
        ],
    },
    Subject {
        package: "bambora-hyper",
        percent: 5,
        rounds: &[all("bambora-hyper", "--lib --test it"), all("bambora-hyper", "--test conformance"), TOGETHER],
    },
    Subject {
        package: "bambora-blocking",
        percent: 5,
        rounds: &[all("bambora-blocking", "--lib --test it"), all("bambora-blocking", "--test conformance"), TOGETHER],
    },
    Subject {
        package: "bambora-batch",
        percent: 5,
        rounds: &[
            Round {
                packages: "bambora-batch",
                targets: "--lib --test it",
                tests: "--skip killed --skip disk_full --skip model:: --skip a_long_list --skip without_end \
                        --skip lost_with_its_runtime --skip a_throttled_request --skip that_was_added_before \
                        --skip overtake --skip every_order_gets",
            },
            // Without the long ones that kill processes, and without the model.
            Round {
                packages: "bambora-batch",
                targets: "--test it",
                tests: "disk_full a_long_list without_end lost_with_its_runtime a_throttled_request that_was_added_before \
                        overtake every_order_gets",
            },
        ],
    },
    Subject {
        package: "bambora-sandbox",
        percent: 5,
        rounds: &[
            Round {
                packages: "bambora-sandbox",
                targets: "--lib --test it",
                tests: "--skip bounded_number --skip viewers_are_bounded --skip at_a_pace --skip four_hundred \
                        --skip half_sent --skip connections_beyond --skip what_the_control_api_stores",
            },
            Round {
                packages: "bambora-sandbox",
                targets: "--test it",
                tests: "bounded_number viewers_are_bounded at_a_pace four_hundred half_sent connections_beyond \
                        what_the_control_api_stores",
            },
        ],
    },
];

impl Subject {
    /// Runs all rounds. A run that was interrupted has left a report, too.
    pub(super) fn test(&self, shell: &Shell, extent: &Extent) -> Result<Results> {
        let folder = shell.create_dir(scratch(shell, "mutants")?.join(self.package))?;
        let kept = folder.join("results.json");
        let mut results = Results::default();
        if extent.iterate || extent.tally {
            results = Results::load(&kept)?;
            results.add(&last_report(shell, &folder)?)?;
        } else {
            shell.remove_path(folder.join("mutants.out"))?;
        }
        for round in self.rounds.iter().filter(|_| !extent.tally) {
            self.run(shell, &folder, round)?;
            results.add(&last_report(shell, &folder)?)?;
            results.save(&kept)?;
            count_timeouts_as_caught(shell, &folder.join("mutants.out"))?;
        }
        results.save(&kept)?;
        let package = self.package;
        results.match_list(&cmd!(shell, "cargo mutants --package {package} --list --json").quiet().read()?)?;
        Ok(results)
    }

    /// Runs the mutants that were not caught before.
    fn run(&self, shell: &Shell, folder: &Path, round: &Round) -> Result<()> {
        let (package, tested) = (self.package, round.packages);
        let targets = round.targets.split(' ').map(|target| format!("--cargo-arg={target}"));
        // The tests as they are would be looked for in the package whose code is changed.
        let baseline = ["--baseline=skip", "--timeout=60"].into_iter().filter(|_| tested != package);
        let run = cmd!(shell, "cargo mutants --package {package} --test-package {tested} --output {folder} --iterate")
            .args(baseline)
            .args(targets)
            .arg("--")
            .args(["--"].into_iter().chain(round.tests.split_whitespace()))
            // What ten thousand cancels find, some hundred find.
            .env("BAMBORA_SOAK", "300")
            // All runs share what is built of the dependencies.
            .env("CARGO_TARGET_DIR", scratch(shell, "mutants")?.join("target"));
        let status = Command::from(run).status()?;
        // 2: mutants were missed. 3: tests of mutants took too long.
        ensure!(matches!(status.code(), Some(0 | 2 | 3)), "cargo mutants: {status}");
        Ok(())
    }
}

/// Tests that run for ever have noticed, too: `--iterate` leaves out what is listed as caught.
fn count_timeouts_as_caught(shell: &Shell, folder: &Path) -> Result<()> {
    let (caught, timeouts) = (folder.join("caught.txt"), folder.join("timeout.txt"));
    if timeouts.exists() {
        let all = shell.read_file(&caught)? + &shell.read_file(&timeouts)?;
        shell.write_file(&caught, all)?;
    }
    Ok(())
}

/// Returns what the last run of cargo-mutants reported. If it had nothing to do, it left nothing.
fn last_report(shell: &Shell, folder: &Path) -> Result<String> {
    let report = folder.join("mutants.out/outcomes.json");
    Ok(if report.exists() { shell.read_file(&report)? } else { r#"{"outcomes":[]}"#.to_owned() })
}
