//! A payment in the journal: as it is read, as it is taken to be worked on, and what is recorded of it.

use bambora_core::PaymentReference;

use super::holds::Hold;
use super::status::Status;
use crate::order::{Operation, Order};

/// What a started capture or refund has for a checkpoint as long as its request was not sent.
pub(super) const UNSENT: &str = "unsent";

/// A payment in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The position in the journal: rows are added in ascending order.
    pub position: i64,
    /// The payment's reference, as the order has it.
    pub reference: PaymentReference,
    /// What is to be done.
    pub order: Order,
    /// Where it stands.
    pub status: Status,
    /// What a resumed flow needs to know, if a run ended before the payment's outcome was known.
    pub checkpoint: Option<String>,
    /// What *canceled*, *captured* or *refunded* rests on.
    pub confirmation: Option<String>,
    /// Why it was refused or is in doubt, in a few words that many rows share.
    pub problem: Option<String>,
    /// Where it stands, in a sentence.
    pub message: String,
    /// The number of cancel, capture or refund requests that were recorded.
    pub attempts: u32,
    /// The number of queries that were recorded.
    pub queries: u32,
    /// The number of runs that worked on it until it was known, or their budget was used up.
    pub runs: u32,
    /// When it was added, in milliseconds since 1970.
    pub added: i64,
    /// When it was first started, in milliseconds since 1970.
    pub started: Option<i64>,
    /// When its outcome was recorded, in milliseconds since 1970.
    pub finished: Option<i64>,
}

/// A row that this process works on. Nobody else can take it before this is dropped.
///
/// It is *started* on the disk. If it is dropped before an outcome is [recorded](crate::Journal::record), it stays so,
/// and the next run queries first.
#[derive(Debug)]
pub struct Taken {
    pub(super) hold: Hold,
    pub(super) order: Order,
    pub(super) in_doubt: bool,
    pub(super) checkpoint: Option<String>,
    pub(super) runs: u32,
}

impl Taken {
    /// Returns the payment's reference.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        self.order.reference()
    }

    /// Returns what is to be done.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Returns `true` if a request may have had an effect before: a query has to come first, and nothing may be captured or
    /// refunded again.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Returns the checkpoint to resume from. A row that is in doubt can be without: the process ended before it
    /// stored one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// Returns the number of runs that worked on it until their budget was used up, with this one.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.runs
    }
}

/// What came of asking for one payment's row.
#[derive(Debug)]
#[non_exhaustive]
pub enum Take {
    /// It is this caller's to work on.
    Taken(Taken),
    /// Its outcome is known, or it is stuck.
    Finished(Box<Row>),
    /// Another caller in this process works on it.
    Held,
}

/// What came of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conclusion {
    /// The payment is canceled.
    Canceled {
        /// What that rests on.
        confirmation: String,
    },
    /// The amount is captured.
    Captured {
        /// What that rests on.
        confirmation: String,
    },
    /// The amount is refunded.
    Refunded {
        /// What that rests on.
        confirmation: String,
    },
    /// The API refused.
    Refused,
    /// No request had an effect, or still can: the row waits again.
    NotSent,
    /// The run ended before it could find out: the row stays in doubt, and the run does not count for it.
    Interrupted {
        /// What the next run resumes from.
        checkpoint: Option<String>,
    },
    /// It is not known: the row stays in doubt.
    Unknown {
        /// What the next run resumes from.
        checkpoint: Option<String>,
        /// Whether to leave it to a person from now on.
        stuck: bool,
    },
}

impl Conclusion {
    /// Returns the status of a row with this conclusion.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Canceled { .. } => Status::Canceled,
            Self::Captured { .. } => Status::Captured,
            Self::Refunded { .. } => Status::Refunded,
            Self::Refused => Status::Refused,
            Self::NotSent => Status::Waiting,
            Self::Interrupted { .. } => Status::Started,
            Self::Unknown { stuck: true, .. } => Status::Stuck,
            Self::Unknown { stuck: false, .. } => Status::Started,
        }
    }

    /// Whether this can come of the operation.
    pub(super) fn fits(&self, operation: Operation) -> bool {
        match self {
            Self::Canceled { .. } => operation == Operation::Cancel,
            Self::Captured { .. } => operation == Operation::Capture,
            Self::Refunded { .. } => operation == Operation::Refund,
            Self::Refused | Self::NotSent | Self::Interrupted { .. } | Self::Unknown { .. } => true,
        }
    }

    /// What the row keeps of it: the checkpoint, and what it rests on.
    pub(super) fn texts(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Canceled { confirmation } | Self::Captured { confirmation } | Self::Refunded { confirmation } => {
                (None, Some(confirmation))
            }
            Self::Interrupted { checkpoint } | Self::Unknown { checkpoint, .. } => (checkpoint.as_deref(), None),
            Self::Refused | Self::NotSent => (None, None),
        }
    }

    /// Whether the run found out all that it could.
    pub(super) fn counts_as_run(&self) -> bool {
        !matches!(self, Self::NotSent | Self::Interrupted { .. })
    }
}

/// What to write of a payment once a run is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// What came of it.
    pub conclusion: Conclusion,
    /// Why, in a few words that many rows share.
    pub problem: Option<String>,
    /// The outcome in a sentence, if there is more to say than the status does. Never a response's body.
    pub message: Option<String>,
    /// The number of cancel, capture or refund requests of this run.
    pub attempts: u32,
    /// The number of queries of this run.
    pub queries: u32,
}

impl Record {
    /// A record without a problem, a message and any request.
    #[must_use]
    pub fn new(conclusion: Conclusion) -> Self {
        Self { conclusion, problem: None, message: None, attempts: 0, queries: 0 }
    }
}
