//! How a capture or a refund ended.

use std::error::Error;
use std::fmt;

use super::checkpoint::PostingCheckpoint;
use super::order::PostingOrder;
use crate::flow::{Cause, Confirmation, Observation, OutcomeKind, Unknown};
use crate::payment::{PaymentState, PaymentSummary};
use crate::problem::Problem;

/// How a capture or a refund ended: exactly one of four. `Display` says in one sentence what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "record::OutcomeRecord", into = "record::OutcomeRecord")
)]
#[must_use = "an outcome other than Posted means that the amount was not confirmed to be captured or refunded"]
#[allow(
    clippy::exhaustive_enums,
    reason = "the four are the product's promise: a caller must be able to handle all of them"
)]
pub enum PostingOutcome {
    /// The amount was captured or refunded, exactly once by this key.
    Posted(Posted),
    /// This flow did not capture or refund, and why.
    Refused(PostingRefused),
    /// No posting request of this flow was carried out: none reached the server, or all were turned away.
    NotSent(PostingNotSent),
    /// It is not known yet; a checkpoint to find out from.
    Unknown(PostingUnknown),
}

impl PostingOutcome {
    /// Returns the name used in logs, reports and JSON: `captured` or `refunded`, `refused`, `not_sent`, `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Posted(posted) => posted.order.kind.done(),
            Self::Refused(_) => OutcomeKind::Refused.as_str(),
            Self::NotSent(_) => OutcomeKind::NotSent.as_str(),
            Self::Unknown(_) => OutcomeKind::Unknown.as_str(),
        }
    }

    /// Returns the capture or refund.
    #[must_use]
    pub fn order(&self) -> &PostingOrder {
        match self {
            Self::Posted(posted) => &posted.order,
            Self::Refused(refused) => &refused.order,
            Self::NotSent(not_sent) => &not_sent.order,
            Self::Unknown(unknown) => unknown.checkpoint.order(),
        }
    }

    /// Converts the other three into an error that can be returned with `?`.
    ///
    /// # Errors
    ///
    /// [`NotPosted`] for each outcome but [`PostingOutcome::Posted`].
    pub fn into_result(self) -> Result<Posted, NotPosted> {
        match self {
            Self::Posted(posted) => Ok(posted),
            Self::Refused(refused) => Err(NotPosted::Refused(refused)),
            Self::NotSent(not_sent) => Err(NotPosted::NotSent(not_sent)),
            Self::Unknown(unknown) => Err(NotPosted::Unknown(unknown)),
        }
    }
}

impl fmt::Display for PostingOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posted(posted) => posted.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
            Self::NotSent(not_sent) => not_sent.fmt(f),
            Self::Unknown(unknown) => unknown.fmt(f),
        }
    }
}

/// A [`PostingOutcome`] that is not [`PostingOutcome::Posted`], as an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(clippy::exhaustive_enums, reason = "see PostingOutcome")]
pub enum NotPosted {
    /// See [`PostingOutcome::Refused`].
    #[error(transparent)]
    Refused(PostingRefused),
    /// See [`PostingOutcome::NotSent`].
    #[error(transparent)]
    NotSent(PostingNotSent),
    /// See [`PostingOutcome::Unknown`].
    #[error(transparent)]
    Unknown(PostingUnknown),
}

/// The amount was captured or refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Posted {
    /// The capture or refund. Boxed, since outcomes are returned by value.
    pub order: Box<PostingOrder>,
    /// What the claim rests on: the response, a query in doubt, or a query before anything was posted.
    pub confirmation: Confirmation,
    /// The payment as the API showed it.
    pub payment: PaymentSummary,
}

impl Posted {
    /// Creates a posting that was made, for a test double.
    #[must_use]
    pub fn new(order: PostingOrder, confirmation: Confirmation, state: PaymentState) -> Self {
        Self { order: Box::new(order), confirmation, payment: PaymentSummary::new(state) }
    }
}

impl fmt::Display for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.order.kind.done();
        let amount = self.order.amount;
        match self.confirmation {
            Confirmation::Response => write!(f, "{done}: {amount} minor units; nothing more to do"),
            Confirmation::Query => write!(f, "{done}, confirmed by query: {amount} minor units; nothing more to do"),
            Confirmation::Already => write!(
                f,
                "{done} already, by an earlier request with this key: {amount} minor units; nothing more to do"
            ),
        }
    }
}

/// Why a capture or a refund was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "reason", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum RefusedBy {
    /// A problem document of the API.
    #[non_exhaustive]
    Problem {
        /// The problem.
        problem: Problem,
    },
    /// The payment's state, in which the posting will never be possible.
    #[non_exhaustive]
    State {
        /// The payment as a query showed it.
        payment: PaymentSummary,
    },
    /// A posting of another amount has the key.
    #[non_exhaustive]
    KeyUsed {
        /// The payment as a query showed it.
        payment: PaymentSummary,
    },
}

/// This flow did not capture or refund.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PostingRefused {
    /// The capture or refund.
    pub order: Box<PostingOrder>,
    /// Why.
    pub by: Box<RefusedBy>,
}

impl PostingRefused {
    /// Creates a refusal by a problem document of the API, for a test double.
    #[must_use]
    pub fn by_problem(order: PostingOrder, problem: Problem) -> Self {
        Self::new(order, RefusedBy::Problem { problem })
    }

    /// Creates a refusal by the state of the payment, for a test double.
    #[must_use]
    pub fn by_state(order: PostingOrder, state: PaymentState) -> Self {
        let payment = PaymentSummary::new(state);
        Self::new(order, RefusedBy::State { payment })
    }

    /// Creates a refusal because the key is in use for another amount, for a test double.
    #[must_use]
    pub fn by_key(order: PostingOrder, state: PaymentState) -> Self {
        let payment = PaymentSummary::new(state);
        Self::new(order, RefusedBy::KeyUsed { payment })
    }

    pub(super) fn new(order: PostingOrder, by: RefusedBy) -> Self {
        Self { order: Box::new(order), by: Box::new(by) }
    }
}

impl fmt::Display for PostingRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.order.kind;
        match &*self.by {
            RefusedBy::Problem { problem } => write!(
                f,
                "refused: the API responded {problem}; nothing was {} by this request: query the payment before you go on",
                kind.done()
            ),
            RefusedBy::State { payment } => write!(
                f,
                "refused: the payment is {}, and no {kind} of it is possible; look at what was done with it",
                payment.state
            ),
            RefusedBy::KeyUsed { .. } => write!(
                f,
                "refused: the payment has a {kind} with this key and another amount; use a key of its own for each {kind}"
            ),
        }
    }
}

impl Error for PostingRefused {}

/// No posting request of the flow was carried out, and none still can be: the flow did nothing.
///
/// None reached the server, or all that did were turned away: by 429, or by 409, another operation in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PostingNotSent {
    /// The capture or refund.
    pub order: Box<PostingOrder>,
    /// What the last exchange showed.
    pub observation: Option<Box<Observation>>,
}

impl PostingNotSent {
    /// Creates an outcome without any attempt, for a test double.
    #[must_use]
    pub fn new(order: PostingOrder) -> Self {
        Self { order: Box::new(order), observation: None }
    }

    /// Returns why the last attempt failed, if it was the transport.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.observation.as_ref()?.cause()
    }
}

impl fmt::Display for PostingNotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_turned_away = match self.observation.as_deref() {
            Some(Observation::Problem { problem }) => matches!(problem.status, 409 | 429),
            Some(Observation::Response { status }) => *status == 429,
            _ => false,
        };
        f.write_str(if is_turned_away { "turned away" } else { "not sent" })?;
        if let Some(observation) = &self.observation {
            write!(f, " ({observation})")?;
        }
        write!(f, ": this call has {} nothing; try again with the same key", self.order.kind.done())
    }
}

impl Error for PostingNotSent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// Nobody knows yet whether the amount was captured or refunded.
pub type PostingUnknown = Unknown<PostingCheckpoint>;

impl fmt::Display for PostingUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.checkpoint.order().kind.done();
        write!(f, "unknown: the amount may or may not be {done}")?;
        if let Some(observation) = &self.observation {
            write!(f, " ({observation})")?;
        }
        f.write_str("; resume from the checkpoint to find out, and do not post again with another key")
    }
}

/// An outcome as it is serialized: *captured* and *refunded* are two.
#[cfg(feature = "serde")]
mod record {
    use serde::{Deserialize, Serialize};

    use super::{Posted, PostingNotSent, PostingOutcome, PostingRefused, PostingUnknown};
    use crate::posting::order::PostingKind;

    #[derive(Serialize, Deserialize)]
    #[serde(tag = "outcome", rename_all = "snake_case")]
    pub(super) enum OutcomeRecord {
        Captured(Posted),
        Refunded(Posted),
        Refused(PostingRefused),
        NotSent(PostingNotSent),
        Unknown(PostingUnknown),
    }

    impl From<PostingOutcome> for OutcomeRecord {
        fn from(outcome: PostingOutcome) -> Self {
            match outcome {
                PostingOutcome::Posted(posted) => match posted.order.kind {
                    PostingKind::Capture => Self::Captured(posted),
                    PostingKind::Refund => Self::Refunded(posted),
                },
                PostingOutcome::Refused(refused) => Self::Refused(refused),
                PostingOutcome::NotSent(not_sent) => Self::NotSent(not_sent),
                PostingOutcome::Unknown(unknown) => Self::Unknown(unknown),
            }
        }
    }

    impl TryFrom<OutcomeRecord> for PostingOutcome {
        type Error = OtherKind;

        fn try_from(record: OutcomeRecord) -> Result<Self, OtherKind> {
            let (posted, kind) = match record {
                OutcomeRecord::Captured(posted) => (posted, PostingKind::Capture),
                OutcomeRecord::Refunded(posted) => (posted, PostingKind::Refund),
                OutcomeRecord::Refused(refused) => return Ok(Self::Refused(refused)),
                OutcomeRecord::NotSent(not_sent) => return Ok(Self::NotSent(not_sent)),
                OutcomeRecord::Unknown(unknown) => return Ok(Self::Unknown(unknown)),
            };
            match posted.order.kind == kind {
                true => Ok(Self::Posted(posted)),
                false => Err(OtherKind { outcome: kind.done(), order: posted.order.kind.as_str() }),
            }
        }
    }

    /// Why an outcome cannot be read.
    #[derive(Debug, thiserror::Error)]
    #[error("the outcome says {outcome}, and its order is a {order}")]
    pub(super) struct OtherKind {
        outcome: &'static str,
        order: &'static str,
    }
}
