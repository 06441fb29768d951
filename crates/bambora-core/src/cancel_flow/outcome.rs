//! How a cancel ended.

use std::error::Error;
use std::fmt;

use super::checkpoint::Checkpoint;
use super::evidence::Evidence;
use crate::payment::Payment;
use crate::{PaymentReference, Problem};

/// How a cancel ended: exactly one of four, each of which says what happened and what to do next in one sentence.
#[derive(Clone, Debug)]
#[must_use = "an outcome other than Canceled means that the money was not shown to be released"]
#[allow(
    clippy::exhaustive_enums,
    reason = "the four are the product's promise: a caller must be able to handle all of them"
)]
pub enum Outcome {
    /// The payment is canceled: the API said so, for this reference.
    Canceled(Canceled),
    /// The payment was not canceled by this flow, and why.
    Refused(Refused),
    /// No request reached the server: nothing happened.
    NotSent(NotSent),
    /// Nobody knows yet, and how to go on finding out.
    Unknown(Unknown),
}

/// Which of the four an [`Outcome`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "see Outcome")]
pub enum OutcomeKind {
    /// [`Outcome::Canceled`].
    Canceled,
    /// [`Outcome::Refused`].
    Refused,
    /// [`Outcome::NotSent`].
    NotSent,
    /// [`Outcome::Unknown`].
    Unknown,
}

impl OutcomeKind {
    /// The name that logs, reports and JSON use: `canceled`, `refused`, `not_sent`, `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Outcome {
    /// Which of the four it is.
    #[must_use]
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Canceled(_) => OutcomeKind::Canceled,
            Self::Refused(_) => OutcomeKind::Refused,
            Self::NotSent(_) => OutcomeKind::NotSent,
            Self::Unknown(_) => OutcomeKind::Unknown,
        }
    }

    /// The proof, or the reason for having none as an error to be handed on with `?`.
    ///
    /// # Errors
    ///
    /// [`NotCanceled`] for each of the other three.
    pub fn into_result(self) -> Result<Canceled, NotCanceled> {
        match self {
            Self::Canceled(canceled) => Ok(canceled),
            Self::Refused(refused) => Err(NotCanceled::Refused(refused)),
            Self::NotSent(not_sent) => Err(NotCanceled::NotSent(not_sent)),
            Self::Unknown(unknown) => Err(NotCanceled::Unknown(unknown)),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Canceled(canceled) => canceled.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
            Self::NotSent(not_sent) => not_sent.fmt(f),
            Self::Unknown(unknown) => unknown.fmt(f),
        }
    }
}

/// An [`Outcome`] that is not [`Outcome::Canceled`], as an error.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(clippy::exhaustive_enums, reason = "see Outcome")]
pub enum NotCanceled {
    /// See [`Outcome::Refused`].
    #[error(transparent)]
    Refused(Refused),
    /// See [`Outcome::NotSent`].
    #[error(transparent)]
    NotSent(NotSent),
    /// See [`Outcome::Unknown`].
    #[error(transparent)]
    Unknown(Unknown),
}

impl NotCanceled {
    /// Which of the three it is.
    #[must_use]
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Refused(_) => OutcomeKind::Refused,
            Self::NotSent(_) => OutcomeKind::NotSent,
            Self::Unknown(_) => OutcomeKind::Unknown,
        }
    }
}

/// The payment is canceled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Canceled {
    /// The payment as the API showed it, in state `Canceled`.
    pub payment: Box<Payment>,
    /// What this rests on.
    pub basis: Basis,
}

/// What the claim that a payment is canceled rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// The API's own answer to the cancel request.
    Answer,
    /// A query after a cancel request whose effect was in doubt.
    Query,
    /// A query after the API had refused each cancel request of this flow: somebody else canceled it, before or meanwhile.
    AlreadyCanceled,
}

impl Basis {
    /// The name that logs, reports and JSON use: `answer`, `query`, `already_canceled`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Query => "query",
            Self::AlreadyCanceled => "already_canceled",
        }
    }
}

impl fmt::Display for Canceled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.basis {
            Basis::Answer => "canceled: the reserved amount was released; nothing more to do",
            Basis::Query => {
                "canceled, confirmed by query: the reserved amount was released; nothing more to do"
            }
            Basis::AlreadyCanceled => {
                "canceled already, by an earlier or another request: the reserved amount was released; \
                 nothing more to do"
            }
        })
    }
}

/// The payment was not canceled by this flow.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refused {
    /// The payment asked for.
    pub reference: PaymentReference,
    /// What the API said against it.
    pub refusal: Refusal,
}

/// What the API said against a cancel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// A problem document answered the cancel request.
    #[non_exhaustive]
    Problem {
        /// The answer's status.
        status: u16,
        /// The problem.
        problem: Problem,
        /// The payment as a query showed it afterwards, where one was made.
        payment: Option<Box<Payment>>,
    },
    /// The payment is in a state from which no cancel is possible.
    #[non_exhaustive]
    State {
        /// The payment as a query showed it.
        payment: Box<Payment>,
        /// The problem that answered the cancel request before, where there was one.
        problem: Option<Problem>,
    },
}

impl Refused {
    /// The problem document, where the API gave one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.refusal {
            Refusal::Problem { problem, .. } => Some(problem),
            Refusal::State { problem, .. } => problem.as_ref(),
        }
    }

    /// The payment as a query showed it, where one was made.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        match &self.refusal {
            Refusal::Problem { payment, .. } => payment.as_deref(),
            Refusal::State { payment, .. } => Some(payment),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refusal {
            Refusal::Problem {
                status, problem, ..
            } => write!(
                f,
                "refused: the API answered {status} {problem}; the request did not cancel the payment: \
                 {}",
                advice(*status)
            ),
            Refusal::State { payment, problem } => {
                write!(
                    f,
                    "refused: the payment is {}, and only an Authorized one can be canceled",
                    payment.state
                )?;
                if let Some(problem) = problem {
                    write!(f, " ({problem})")?;
                }
                f.write_str("; look at what was done with it before you go on")
            }
        }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        400 => "check the reference",
        401 => "check the merchant number, token and secret",
        403 => "ask for the permission to cancel",
        404 => "check the reference, the merchant and the base URL",
        _ => "query the payment before you go on",
    }
}

impl Error for Refused {}

/// No request of the flow reached the server: nothing happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NotSent {
    /// The payment asked for.
    pub reference: PaymentReference,
    /// How many times it was tried. 0 where no request was made at all.
    pub attempts: u32,
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = match self.attempts {
            0 => {
                return f.write_str(
                    "not sent: no request was made, so that nothing happened to the payment; cancel it again",
                );
            }
            1 => "try",
            _ => "tries",
        };
        write!(
            f,
            "not sent after {} {times}: nothing happened to the payment; check the connection and cancel again",
            self.attempts
        )
    }
}

impl Error for NotSent {}

/// Nobody knows yet whether the payment is canceled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unknown {
    /// What to resume from.
    pub checkpoint: Checkpoint,
}

impl Unknown {
    /// The last thing that was learned.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        self.checkpoint.evidence()
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown: the payment may or may not be canceled ({}); resume from the checkpoint to find out, \
             and claim neither until then",
            self.checkpoint.evidence()
        )
    }
}

impl Error for Unknown {}
