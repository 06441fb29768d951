//! The results of a run, for other programs.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::{env, fs, io};

use serde_json::json;

/// What came of one case.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Pass,
    Fail { message: String },
    KnownFailure { reason: String, message: String },
    OptedOut { reason: String },
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) transport: String,
    pub(crate) case: String,
    pub(crate) verdict: Verdict,
    pub(crate) milliseconds: u128,
}

/// What came of all cases.
#[derive(Debug, Default)]
pub(crate) struct Report(Mutex<Vec<Entry>>);

impl Report {
    pub(crate) fn add(&self, entry: Entry) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
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
