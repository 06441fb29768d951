//! What the command's exit code says.

use std::process::ExitCode;

use bambora_core::OutcomeKind;

/// How it went, from best to worst: of several references, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitStatus {
    /// Canceled, or queried, or nothing to do for a payment: 0.
    Done = 0,
    /// The command or its configuration is wrong, and nothing was sent: 2.
    Usage = 2,
    /// The API said no: 3.
    Refused = 3,
    /// No request reached the server: 4.
    NotSent = 4,
    /// Nobody knows: 5.
    Unknown = 5,
}

impl From<OutcomeKind> for ExitStatus {
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Canceled => Self::Done,
            OutcomeKind::Refused => Self::Refused,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
