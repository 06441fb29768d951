//! The kit, tested: a client that passes every case, and the same with one mistake at a time, which must fail exactly the cases
//! that are there to notice it. No case may be without a mistake that it notices.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answer;
mod calls;
mod client;
mod connection;
mod mistake;
mod noticed;
mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use bambora_conformance::{CaseResult, Verdict};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::mistake::{Mistake, Mistakes};
use crate::noticed::{NOTICED, Noticed};

/// Cases mostly wait.
const AT_ONCE: usize = 40;

const FLAWLESS: &str = "no mistake";

/// The cases that each subject failed, and what they said.
type Failures = BTreeMap<String, BTreeMap<String, String>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if arguments.list {
        return libtest_mimic::run(&arguments, trials(&[])).exit_code();
    }
    let mut suites = vec![calls::suite(FLAWLESS, Mistakes::none())];
    suites.extend(
        NOTICED
            .iter()
            .map(|(mistake, _)| calls::suite(&format!("{mistake:?}"), Mistakes::one(*mistake))),
    );
    let results = bambora_conformance::examine(suites, AT_ONCE);
    libtest_mimic::run(&arguments, trials(&results)).exit_code()
}

fn trials(results: &[CaseResult]) -> Vec<Trial> {
    let cases: BTreeSet<String> = results.iter().map(|result| result.case.clone()).collect();
    let mut failures = Failures::new();
    for result in results {
        let message = match &result.verdict {
            Verdict::Pass => continue,
            Verdict::Fail { message } => message.clone(),
            other => format!("{other:?}"),
        };
        let failed = failures.entry(result.transport.clone()).or_default();
        failed.insert(result.case.clone(), message);
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
        trials.push(Trial::test(format!("noticed::{mistake:?}"), move || {
            exactly(*mistake, noticed, &failed, &cases)
        }));
    }
    trials.push(Trial::test("every_case_notices_a_mistake", move || {
        every_case_notices(&cases)
    }));
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
    let more: Vec<_> = actual
        .difference(&expected)
        .map(|case| (*case, &failed[*case]))
        .collect();
    let nothing = noticed
        .iter()
        .copied()
        .flatten()
        .find(|pattern| !cases.iter().any(|case| names(&[&[pattern]], case)));
    match (missed.is_empty() && more.is_empty(), nothing) {
        (true, None) => Ok(()),
        (_, Some(pattern)) => Err(format!("{pattern} is no case").into()),
        _ => Err(format!("{mistake:?}: not noticed by {missed:?}; noticed by {more:#?}").into()),
    }
}

fn every_case_notices(cases: &BTreeSet<String>) -> Result<(), Failed> {
    let blind: Vec<_> = cases
        .iter()
        .filter(|case| !NOTICED.iter().any(|(_, noticed)| names(noticed, case)))
        .collect();
    match blind.is_empty() {
        true => Ok(()),
        false => Err(format!("no mistake is noticed by {blind:?}").into()),
    }
}

/// Whether one of the patterns is this case, or its group.
fn names(patterns: &[&[&str]], case: &str) -> bool {
    let group = case.split('/').next().unwrap_or(case);
    patterns
        .iter()
        .copied()
        .flatten()
        .any(|pattern| *pattern == case || *pattern == group)
}
