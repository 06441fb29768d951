//! How a cancel ended.

use std::error::Error;
use std::fmt;

use super::cause::Cause;
use super::checkpoint::Checkpoint;
use super::observation::Observation;
use crate::payment::{PaymentState, PaymentSummary};
use crate::problem::Problem;
use crate::reference::PaymentReference;
use crate::text_type::display_as_str;

/// How a cancel ended: exactly one of four. `Display` says in one sentence what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "outcome", rename_all = "snake_case")
)]
#[must_use = "an outcome other than Canceled means that the amount was not confirmed to be released"]
#[allow(
    clippy::exhaustive_enums,
    reason = "the four are the product's promise: a caller must be able to handle all of them"
)]
pub enum Outcome {
    /// The payment is canceled: the API confirmed it for this reference.
    Canceled(Canceled),
    /// This flow did not cancel the payment, and why.
    Refused(Refused),
    /// No request of this flow reached the server: it did nothing.
    NotSent(NotSent),
    /// It is not known yet; a checkpoint to find out from.
    Unknown(Unknown),
}

/// Which of the four an [`Outcome`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Returns the name used in logs, reports and JSON: `canceled`, `refused`, `not_sent`, `unknown`.
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

display_as_str!(OutcomeKind);

impl Outcome {
    /// Returns which of the four it is.
    #[must_use]
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Canceled(_) => OutcomeKind::Canceled,
            Self::Refused(_) => OutcomeKind::Refused,
            Self::NotSent(_) => OutcomeKind::NotSent,
            Self::Unknown(_) => OutcomeKind::Unknown,
        }
    }

    /// Returns the reference of the payment.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        match self {
            Self::Canceled(canceled) => &canceled.reference,
            Self::Refused(refused) => &refused.reference,
            Self::NotSent(not_sent) => &not_sent.reference,
            Self::Unknown(unknown) => unknown.checkpoint.reference(),
        }
    }

    /// Converts the other three into an error that can be returned with `?`.
    ///
    /// # Errors
    ///
    /// [`NotCanceled`] for each outcome but [`Outcome::Canceled`].
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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

/// The payment is canceled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Canceled {
    /// The payment's reference.
    pub reference: PaymentReference,
    /// What the claim rests on.
    pub confirmation: Confirmation,
    /// The payment as the API showed it, in state `Canceled`.
    pub payment: PaymentSummary,
}

impl Canceled {
    /// Creates a canceled payment, for a test double.
    #[must_use]
    pub fn new(reference: PaymentReference, confirmation: Confirmation) -> Self {
        Self { reference, confirmation, payment: PaymentSummary::new(PaymentState::Canceled) }
    }
}

/// What the claim that a payment is canceled rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Confirmation {
    /// The API's response to the cancel request.
    Response,
    /// A query after a cancel request that was in doubt.
    Query,
    /// A query after the API had refused every cancel request of this flow: another request canceled the payment, before or
    /// meanwhile.
    Already,
}

impl Confirmation {
    /// Returns the name used in logs, reports and JSON: `response`, `query`, `already`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Query => "query",
            Self::Already => "already",
        }
    }
}

display_as_str!(Confirmation);

impl fmt::Display for Canceled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.confirmation {
            Confirmation::Response => "canceled: the reserved amount was released; nothing more to do",
            Confirmation::Query => "canceled, confirmed by query: the reserved amount was released; nothing more to do",
            Confirmation::Already => {
                "canceled already, by an earlier or another request: the reserved amount was released; \
                 nothing more to do"
            }
        })
    }
}

/// This flow did not cancel the payment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Refused {
    /// The payment's reference.
    pub reference: PaymentReference,
    /// The API's problem document, if it sent one. Boxed, since outcomes are returned by value and as errors.
    pub problem: Option<Box<Problem>>,
    /// The payment as a query showed it, if one was made. Its state is either the reason, or does not contradict the problem.
    pub payment: Option<PaymentSummary>,
}

impl Refused {
    /// Creates a refusal by a problem document of the API, for a test double.
    #[must_use]
    pub fn by_problem(reference: PaymentReference, problem: Problem) -> Self {
        Self { reference, problem: Some(Box::new(problem)), payment: None }
    }

    /// Creates a refusal by the state of the payment, for a test double.
    #[must_use]
    pub fn by_state(reference: PaymentReference, state: PaymentState) -> Self {
        Self { reference, problem: None, payment: Some(PaymentSummary::new(state)) }
    }

    /// Returns the payment if its state is the reason.
    fn payment_in_refusing_state(&self) -> Option<&PaymentSummary> {
        self.payment.as_ref().filter(|payment| {
            !matches!(payment.state, PaymentState::Authorized | PaymentState::None | PaymentState::Other(_))
                || self.problem.is_none()
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.payment_in_refusing_state(), &self.problem) {
            (Some(payment), problem) => {
                write!(f, "refused: the payment is {}, and only an Authorized one can be canceled", payment.state)?;
                if let Some(problem) = problem {
                    write!(f, " ({problem})")?;
                }
                f.write_str("; look at what was done with it before you go on")
            }
            (None, Some(problem)) => write!(
                f,
                "refused: the API responded {problem}; the request did not cancel the payment: {}",
                advice(problem.status)
            ),
            (None, None) => f.write_str("refused: the request did not cancel the payment"),
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

/// No request of the flow reached the server: the flow did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NotSent {
    /// The payment's reference.
    pub reference: PaymentReference,
    /// How many attempts were made. 0 if no request was made at all.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub cause: Option<Cause>,
}

impl NotSent {
    /// Creates an outcome without any attempt, for a test double.
    #[must_use]
    pub fn new(reference: PaymentReference) -> Self {
        Self { reference, attempts: 0, cause: None }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempts {
            0 => f.write_str("not sent: no request was made")?,
            1 => f.write_str("not sent after 1 attempt")?,
            attempts => write!(f, "not sent after {attempts} attempts")?,
        }
        if let Some(cause) = &self.cause {
            write!(f, " ({cause})")?;
        }
        f.write_str(": no request of this cancel reached the server; check the connection and cancel the payment again")
    }
}

impl Error for NotSent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// It is not known yet whether the payment is canceled, or, with a `PostingCheckpoint`, whether the amount is captured or refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Unknown<C = Checkpoint> {
    /// What to resume from.
    pub checkpoint: C,
    /// What the last exchange showed. `None` if this flow made none since it was resumed. Boxed, since outcomes are returned
    /// by value and as errors.
    pub observation: Option<Box<Observation>>,
}

impl<C> Unknown<C> {
    /// Creates an unknown outcome with this checkpoint, for a test double.
    #[must_use]
    pub fn new(checkpoint: C) -> Self {
        Self { checkpoint, observation: None }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown: the payment may or may not be canceled")?;
        if let Some(observation) = &self.observation {
            write!(f, " ({observation})")?;
        }
        f.write_str("; resume from the checkpoint to find out, and claim neither until then")
    }
}

impl<C: fmt::Debug> Error for Unknown<C>
where
    Self: fmt::Display,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.observation.as_ref()?.cause().map(|cause| cause as _)
    }
}
