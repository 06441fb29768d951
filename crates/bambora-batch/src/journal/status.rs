//! The statuses of a row.

use std::fmt;
use std::str::FromStr;

/// Where a payment stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// No request for it can have had an effect.
    Waiting,
    /// A request for it may have been sent, and what came of it is not known yet.
    Started,
    /// The payment is canceled. Terminal.
    Canceled,
    /// The amount is captured. Terminal.
    Captured,
    /// The amount is refunded. Terminal.
    Refunded,
    /// The API refused to do it. Terminal.
    Refused,
    /// Several runs could not find out what came of it: a person decides.
    Stuck,
}

impl Status {
    /// Every status, in the order in which a report lists them.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Started, Self::Canceled, Self::Captured, Self::Refunded, Self::Refused, Self::Stuck];

    /// Returns the word that the journal has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Canceled => "canceled",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Refused => "refused",
            Self::Stuck => "stuck",
        }
    }

    /// Returns `true` if a row of this status never changes again.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Canceled | Self::Captured | Self::Refunded | Self::Refused)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(InvalidStatus)
    }
}

/// The text is no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status: use waiting, started, canceled, captured, refunded, refused or stuck")]
#[non_exhaustive]
pub struct InvalidStatus;
