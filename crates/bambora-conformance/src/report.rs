//! The results of a run, for other programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::{env, fs, io};

use serde_json::json;

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The transport does what it must.
    Pass,
    /// It does not, and nobody has listed that; or it does what it is listed not to do.
    Fail {
        /// What is wrong.
        message: String,
    },
    /// It does not, and is listed with this reason ([`Suite::known_failure`](crate::Suite::known_failure)).
    KnownFailure {
        /// What is said of it.
        reason: String,
        /// What is wrong.
        message: String,
    },
    /// The case was left out ([`Suite::opt_out`](crate::Suite::opt_out)), or this machine cannot set it up.
    OptedOut {
        /// Why.
        reason: String,
    },
}

/// The result of one case with one transport.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseResult {
    /// The suite's name.
    pub transport: String,
    /// The case: `group`, or `group/variant`.
    pub case: String,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took, in milliseconds.
    pub milliseconds: u128,
}

/// What came of all cases.
#[derive(Debug, Default)]
pub(crate) struct Report(Mutex<Vec<CaseResult>>);

impl Report {
    pub(crate) fn add(&self, result: CaseResult) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(result);
    }

    /// What did not pass and fails nothing: for people, a line for each reason.
    pub(crate) fn what_is_excused(&self) -> String {
        let mut cases = BTreeMap::<_, Vec<String>>::new();
        for result in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (kind, reason) = match &result.verdict {
                Verdict::Pass | Verdict::Fail { .. } => continue,
                Verdict::KnownFailure { reason, .. } => ("known to fail", reason),
                Verdict::OptedOut { reason } => ("left out", reason),
            };
            let cases = cases.entry((result.transport.clone(), kind, reason.clone()));
            cases.or_default().push(result.case.clone());
        }
        let mut lines = String::new();
        for ((transport, kind, reason), mut cases) in cases {
            cases.sort_unstable();
            let cases = cases.join(", ");
            // Writing to a text cannot fail.
            let _ = writeln!(lines, "{transport}: {kind}: {cases} ({reason})");
        }
        lines
    }

    /// Writes it where the environment says, if it says anything.
    pub(crate) fn write(&self) -> io::Result<()> {
        let Some(path) = env::var_os("BAMBORA_CONFORMANCE_REPORT") else {
            return Ok(());
        };
        let mut lines = String::new();
        for entry in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (outcome, reason, message) = match &entry.verdict {
                Verdict::Pass => ("pass", "", ""),
                Verdict::Fail { message } => ("fail", "", message.as_str()),
                Verdict::KnownFailure { reason, message } => {
                    ("known_failure", reason.as_str(), message.as_str())
                }
                Verdict::OptedOut { reason } => ("opted_out", reason.as_str(), ""),
            };
            let object = json!({
                "transport": entry.transport,
                "case": entry.case,
                "outcome": outcome,
                "reason": reason,
                "message": message,
                "milliseconds": u64::try_from(entry.milliseconds).unwrap_or(u64::MAX),
            });
            // Writing to a text cannot fail.
            let _ = writeln!(lines, "{object}");
        }
        fs::write(path, lines)
    }
}
