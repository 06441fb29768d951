//! What became of each mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::table::Cells;

/// What became of each mutant of a package, by its name: the file, the position and the change.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Results {
    known: BTreeMap<String, Summary>,
    /// How many mutants were not tried yet.
    #[serde(skip)]
    left: usize,
}

/// How cargo-mutants sums up what became of a mutant.
#[derive(Clone, Copy, Deserialize, PartialEq, Serialize)]
enum Summary {
    CaughtMutant,
    MissedMutant,
    Timeout,
    Unviable,
    /// What becomes of the code as it is.
    Success,
    Failure,
}

#[derive(Deserialize)]
struct Report {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: Summary,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
}

impl Results {
    /// Reads what earlier runs left, if there were any.
    pub(super) fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    pub(super) fn save(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, serde_json::to_string_pretty(self)?)?)
    }

    /// Adds what cargo-mutants reports of a further round. A mutant that had the tests of an earlier one run for ever is not missed.
    pub(super) fn add(&mut self, report: &str) -> Result<()> {
        for outcome in serde_json::from_str::<Report>(report)?.outcomes {
            if let Scenario::Mutant(mutant) = outcome.scenario {
                let earlier = self.known.get(&mutant.name);
                if earlier != Some(&Summary::Timeout) {
                    self.known.insert(mutant.name, outcome.summary);
                }
            }
        }
        Ok(())
    }

    /// Drops the mutants that are not in cargo-mutants' list, since the code has changed there, and counts those that are new in it.
    pub(super) fn match_list(&mut self, list: &str) -> Result<()> {
        let names: Vec<Mutant> = serde_json::from_str(list)?;
        let names: BTreeSet<String> = names.into_iter().map(|mutant| mutant.name).collect();
        self.known.retain(|name, _| names.contains(name));
        self.left = names.len() - self.known.len();
        Ok(())
    }

    /// The number of mutants that were not tried yet.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    pub(super) fn missed(&self) -> impl Iterator<Item = &str> {
        let missed = self.known.iter().filter(|(_, summary)| **summary == Summary::MissedMutant);
        missed.map(|(name, _)| name.as_str())
    }

    /// The number of mutants that compile.
    pub(super) fn viable(&self) -> usize {
        self.known.len() - self.count(Summary::Unviable)
    }

    fn count(&self, summary: Summary) -> usize {
        self.known.values().filter(|other| **other == summary).count()
    }

    /// The package's line in the tally.
    pub(super) fn row(&self, package: &str, equivalent: usize, missed: usize) -> Cells<'static> {
        let share = missed as f64 * 100.0 / self.viable() as f64;
        vec![
            ("package", package.to_owned()),
            ("not tried", self.left.to_string()),
            ("unviable", self.count(Summary::Unviable).to_string()),
            ("viable", self.viable().to_string()),
            ("caught", self.count(Summary::CaughtMutant).to_string()),
            ("timeouts", self.count(Summary::Timeout).to_string()),
            ("judged equivalent", equivalent.to_string()),
            ("missed", missed.to_string()),
            ("missed of viable", format!("{share:.1} %")),
        ]
    }
}
