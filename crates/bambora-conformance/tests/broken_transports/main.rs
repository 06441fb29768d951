//! Tests the kit with a client that passes every case, and with the same client making one mistake at a time. Each mistake must
//! fail exactly the cases listed for it, and each case must notice a mistake.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod asynchronous;
mod client;
mod connection;
mod mistake;
mod noticed;
mod request;
mod response;
mod tunnel;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use bambora_conformance::{CaseOutcome, CaseResult};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::mistake::{Mistake, Mistakes};
use crate::noticed::{NOTICED, Noticed};

/// More than there are cores, since most cases wait for most of their time.
const THREADS: usize = 40;

const FLAWLESS: &str = "no mistake";

/// The cases that each transport failed, with their messages.
type Failures = BTreeMap<String, BTreeMap<String, String>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if arguments.list {
        return libtest_mimic::run(&arguments, trials(&[])).exit_code();
    }
    let mut suites = vec![asynchronous::suite(FLAWLESS, Mistakes::none())];
    suites.extend(
        NOTICED.iter().map(|(mistake, _)| asynchronous::suite(&format!("{mistake:?}"), Mistakes::one(*mistake))),
    );
    let results = bambora_conformance::examine(suites, THREADS);
    libtest_mimic::run(&arguments, trials(&results)).exit_code()
}

fn trials(results: &[CaseResult]) -> Vec<Trial> {
    // Some machines cannot set up every case.
    let results = results.iter().filter(|result| result.outcome != CaseOutcome::OptedOut);
    let cases: BTreeSet<String> = results.clone().map(|result| result.case.clone()).collect();
    let mut failures = Failures::new();
    for result in results {
        if result.outcome != CaseOutcome::Pass {
            let failed = failures.entry(result.transport.clone()).or_default();
            failed.insert(result.case.clone(), result.message.clone());
        }
    }
    let mut trials = vec![Trial::test("no_mistake_passes_all", {
        let failed = failures.remove(FLAWLESS).unwrap_or_default();
        let cases = cases.len();
        move || match (failed.is_empty(), cases) {
            (_, 0) => Err("no case was run".into()),
            (true, _) => Ok(()),
            (false, _) => Err(Failed::from(format!("fails {failed:#?}"))),
        }
    })];
    for (mistake, noticed) in NOTICED {
        let failed = failures.remove(&format!("{mistake:?}")).unwrap_or_default();
        let cases = cases.clone();
        trials.push(Trial::test(format!("noticed::{mistake:?}"), move || exactly(*mistake, noticed, &failed, &cases)));
    }
    trials.push(Trial::test("every_case_notices_a_mistake", move || every_case_notices(&cases)));
    trials
}

fn exactly(
    mistake: Mistake,
    noticed: Noticed,
    failed: &BTreeMap<String, String>,
    cases: &BTreeSet<String>,
) -> Result<(), Failed> {
    let expected: BTreeSet<_> = cases.iter().filter(|case| names(noticed, case)).collect();
    let actual: BTreeSet<_> = failed.keys().collect();
    let missed: Vec<_> = expected.difference(&actual).collect();
    let more: Vec<_> = actual.difference(&expected).map(|case| (*case, &failed[*case])).collect();
    let nothing =
        noticed.iter().copied().flatten().find(|pattern| !cases.iter().any(|case| names(&[&[pattern]], case)));
    match (missed.is_empty() && more.is_empty(), nothing) {
        (true, None) => Ok(()),
        (_, Some(pattern)) => Err(format!("{pattern} is no case").into()),
        _ => Err(format!("{mistake:?}: not noticed by {missed:?}; noticed by {more:#?}").into()),
    }
}

fn every_case_notices(cases: &BTreeSet<String>) -> Result<(), Failed> {
    let blind: Vec<_> = cases.iter().filter(|case| !NOTICED.iter().any(|(_, noticed)| names(noticed, case))).collect();
    match blind.is_empty() {
        true => Ok(()),
        false => Err(format!("no mistake is noticed by {blind:?}").into()),
    }
}

/// Returns whether one of the patterns is this case or its group.
fn names(patterns: &[&[&str]], case: &str) -> bool {
    let group = case.split('/').next().unwrap_or(case);
    patterns.iter().copied().flatten().any(|pattern| *pattern == case || *pattern == group)
}
