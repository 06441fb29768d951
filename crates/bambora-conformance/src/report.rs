//! The results of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use crate::cases::timeouts::UNDER_A_SECOND;

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

    /// Returns a line for each transport that seems to round timeouts.
    pub(crate) fn hints(&self) -> String {
        let results = self.results();
        let fails = |transport: &str, case: &str| {
            let is_it = |result: &&CaseResult| result.transport == transport && result.case == case;
            results.iter().find(is_it).is_some_and(|result| result.outcome == CaseOutcome::Fail)
        };
        let transports: BTreeSet<&str> = results.iter().map(|result| result.transport.as_str()).collect();
        // A transport that gets no response with timeouts of several seconds either has another problem.
        let rounding = transports.into_iter().filter(|name| fails(name, UNDER_A_SECOND) && !fails(name, "auth_once"));
        let lines = rounding.map(|transport| {
            format!(
                "{transport}: seems to round timeouts of less than a second down to zero, which fails every case that \
                 sets one: pass the settings' timeouts on with their fractions, such as `as_millis()` or `as_secs_f64()`\n"
            )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_that_fails_the_same_with_seconds_does_not_round() {
        let report = Report::default();
        for (transport, case) in [("a", UNDER_A_SECOND), ("b", UNDER_A_SECOND), ("b", "auth_once"), ("c", "auth_once")]
        {
            let (transport, case) = (transport.to_owned(), case.to_owned());
            let (reason, message) = Default::default();
            report.add(CaseResult { transport, case, outcome: CaseOutcome::Fail, reason, message, milliseconds: 0 });
        }
        let hints = report.hints();
        assert!(hints.starts_with("a: seems to round") && hints.lines().count() == 1, "{hints}");
    }
}
