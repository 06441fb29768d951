//! What tower's layers do to a payment request, found by the conformance suite: the table in docs/tower.md.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod retries;
mod stacks;

use std::collections::BTreeSet;

use bambora_conformance::{CaseOutcome, CaseResult};

const DOCUMENT: &str = include_str!("../../docs/tower.md");
/// More than there are cores, since most cases wait for most of their time.
const THREADS: usize = 16;

fn main() {
    let (suites, names): (Vec<_>, Vec<_>) = stacks::all().into_iter().map(|(name, suite)| (suite, name)).unzip();
    let results = bambora_conformance::examine(suites, THREADS);
    for name in names {
        let (documented, failed) = (documented(name), failed(name, &results));
        assert_eq!(failed, documented, "{name}: what fails, and what docs/tower.md says");
        println!("test {name} ... ok");
    }
}

/// Returns the groups of cases that a stack failed.
fn failed(name: &str, results: &[CaseResult]) -> BTreeSet<String> {
    let failed = results.iter().filter(|result| result.transport == name && result.outcome == CaseOutcome::Fail);
    // Whether a name is looked up in time depends on the machine.
    let failed = failed.map(|result| result.case.split('/').next().unwrap().to_owned()).filter(|group| group != "dns");
    failed.collect()
}

/// Returns the groups in the row of a stack.
fn documented(name: &str) -> BTreeSet<String> {
    let row = DOCUMENT.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
    let cell = row.unwrap_or_else(|| panic!("docs/tower.md has no row for {name}")).split(" | ").next().unwrap();
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
