//! The results of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

/// What came of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a program that shows results must be able to show all of them")]
pub enum CaseOutcome {
    /// The transport does what it must.
    Pass,
    /// The transport does not do what it must, or passes a case that it is declared to fail.
    Fail,
    /// The transport fails as declared ([`Suite::known_failure`](crate::Suite::known_failure)).
    KnownFailure,
    /// The case was left out ([`Suite::opt_out`](crate::Suite::opt_out)), or this machine cannot set it up.
    OptedOut,
}

/// The result of one case with one transport. Its JSON is a line of the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseResult {
    /// The suite's name.
    pub transport: String,
    /// The case, `group` or `group/variant`.
    pub case: String,
    /// What came of it.
    pub outcome: CaseOutcome,
    /// Why the case is known to fail or was left out; otherwise empty.
    pub reason: String,
    /// What the transport did wrong; empty if nothing.
    pub message: String,
    /// The time that it took, in milliseconds.
    pub milliseconds: u64,
}

/// The results of all cases so far.
#[derive(Debug, Default)]
pub(crate) struct Report(Mutex<Vec<CaseResult>>);

impl Report {
    pub(crate) fn add(&self, result: CaseResult) {
        self.results().push(result);
    }

    /// Returns a line for each reason why cases that did not pass do not fail the run.
    pub(crate) fn excuses(&self) -> String {
        let mut cases = BTreeMap::<_, Vec<String>>::new();
        for result in self.results().iter() {
            let kind = match result.outcome {
                CaseOutcome::Pass | CaseOutcome::Fail => continue,
                CaseOutcome::KnownFailure => "known to fail",
                CaseOutcome::OptedOut => "left out",
            };
            let cases = cases.entry((result.transport.clone(), kind, result.reason.clone()));
            cases.or_default().push(result.case.clone());
        }
        let lines = cases.into_iter().map(|((transport, kind, reason), mut cases)| {
            cases.sort_unstable();
            format!("{transport}: {kind}: {} ({reason})\n", cases.join(", "))
        });
        lines.collect()
    }

    /// Writes a line of JSON for each case to the file that the environment names, if it names one.
    pub(crate) fn write(&self) -> io::Result<()> {
        let Some(path) = env::var_os("BAMBORA_CONFORMANCE_REPORT") else {
            return Ok(());
        };
        let mut lines = String::new();
        for result in self.results().iter() {
            lines.push_str(&serde_json::to_string(result)?);
            lines.push('\n');
        }
        fs::write(path, lines)
    }

    pub(crate) fn into_results(self) -> Vec<CaseResult> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn results(&self) -> MutexGuard<'_, Vec<CaseResult>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
