//! What one exchange showed.

use std::fmt;

use super::cause::Cause;
use crate::bounded::bounded;
use crate::delivery::{Delivery, TransportError};
use crate::escaped::Escaped;
use crate::payment::{Payment, PaymentSummary};
use crate::problem::Problem;
use crate::response_error::{Mismatch, ResponseError, ResponseErrorKind};

/// How much is kept of what is wrong with a body, in bytes.
const MAX_DETAIL: usize = 200;

/// What an exchange showed, judged and without the response's body. At most about a kilobyte.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Observation {
    /// The request was not sent.
    #[non_exhaustive]
    NotSent {
        /// Why not.
        cause: Cause,
    },
    /// The request may have reached the server, and no usable response came.
    #[non_exhaustive]
    NoResponse {
        /// Why none came.
        cause: Cause,
    },
    /// A problem document of the API.
    #[non_exhaustive]
    Problem {
        /// The problem, with bounded texts.
        problem: Problem,
    },
    /// Another status than the operation's success status, without a problem document of the API.
    #[non_exhaustive]
    Response {
        /// The status.
        status: u16,
    },
    /// A body that cannot be trusted, or is not a payment object.
    #[non_exhaustive]
    Unreadable {
        /// The status.
        status: u16,
        /// What is wrong with the body.
        detail: String,
    },
    /// A payment object of another payment.
    #[non_exhaustive]
    OtherReference {
        /// The status.
        status: u16,
    },
    /// A whole payment object of the payment, with the operation's success status.
    #[non_exhaustive]
    Payment {
        /// The payment.
        payment: PaymentSummary,
    },
}

impl Observation {
    /// Creates the observation that the API refused with `problem`.
    #[must_use]
    pub fn problem(problem: &Problem) -> Self {
        Self::Problem { problem: problem.bounded() }
    }

    /// Creates the observation of a payment object.
    #[must_use]
    pub fn payment(payment: PaymentSummary) -> Self {
        Self::Payment { payment }
    }

    /// Creates the observation of a response, as [`OperationExt::parse`](crate::OperationExt::parse) judged it.
    #[must_use]
    pub fn of(parsed: &Result<Payment, ResponseError>) -> Self {
        let error = match parsed {
            Ok(payment) => return Self::payment(payment.into()),
            Err(error) => error,
        };
        let status = error.status().as_u16();
        match error.kind() {
            ResponseErrorKind::Problem(problem) => Self::problem(problem),
            ResponseErrorKind::Status => Self::Response { status },
            ResponseErrorKind::Unreadable { detail } => {
                Self::Unreadable { status, detail: bounded(detail, MAX_DETAIL) }
            }
            ResponseErrorKind::Unconfirmed { mismatch: Mismatch::OtherReference, .. } => {
                Self::OtherReference { status }
            }
            ResponseErrorKind::Unconfirmed { payment, .. } => Self::payment(payment.as_ref().into()),
        }
    }

    /// Returns why the request brought no response, if that is what was observed.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::NotSent { cause } | Self::NoResponse { cause } => Some(cause),
            _ => None,
        }
    }
}

impl From<&TransportError> for Observation {
    fn from(error: &TransportError) -> Self {
        let cause = Cause::from(error);
        match error.delivery() {
            Delivery::NotSent => Self::NotSent { cause },
            Delivery::Unknown => Self::NoResponse { cause },
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { cause } => write!(f, "the last request was not sent: {cause}"),
            Self::NoResponse { cause } => {
                write!(f, "the last request got no usable response: {cause}")
            }
            Self::Response { status: 429 } => f.write_str("the last response was 429, which asks to come back later"),
            Self::Problem { problem } => write!(f, "the last response was {problem}"),
            Self::Response { status } => write!(
                f,
                "the last response was {status} without a problem document of the API, so it may not be the API's"
            ),
            Self::Unreadable { status, detail } => {
                write!(f, "the last response was {status}, but its body {}", Escaped(detail))
            }
            Self::OtherReference { status } => {
                write!(f, "the last response was {status} with another payment")
            }
            Self::Payment { payment } => write!(f, "the payment was last seen {payment}"),
        }
    }
}
