//! What the command's exit code says.

use std::process::ExitCode;

use bambora_core::flow::OutcomeKind;

/// How the command ended, from best to worst. With several references, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitStatus {
    /// Everything that was asked for was done.
    Done = 0,
    /// The command or its configuration is wrong, and nothing was sent.
    Usage = 2,
    /// The API refused.
    Refused = 3,
    /// No request reached the server.
    NotSent = 4,
    /// Nobody knows yet.
    Unknown = 5,
    /// A result could not be written.
    Unwritten = 6,
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
