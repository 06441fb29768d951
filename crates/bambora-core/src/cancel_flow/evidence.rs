//! The last thing that was learned about a payment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Doubt, Payment, PaymentState, Printable, Reason, ResponseError};

/// The last thing that a flow learned, whatever it is worth.
///
/// It holds no text of a server but names of states and problem types, and never credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Nothing yet.
    Nothing,
    /// A request got no answer, and may have reached the server.
    NoAnswer,
    /// A request could not be sent.
    NotSent,
    /// An answer that shows no payment.
    #[non_exhaustive]
    Answer {
        /// Its status.
        status: u16,
        /// The name of its problem type, where it is a problem document.
        problem: Option<String>,
    },
    /// An answer that shows another payment than the one asked for.
    #[non_exhaustive]
    OtherReference {
        /// Its status.
        status: u16,
    },
    /// A payment, as an answer showed it.
    #[non_exhaustive]
    Payment {
        /// The state it was shown in.
        state: PaymentState,
        /// Whether an operation was still being carried out on it.
        operation_in_progress: bool,
    },
}

impl Evidence {
    pub(super) fn of(result: &Result<Payment, ResponseError>) -> Self {
        let error = match result {
            Ok(payment) => return Self::of_payment(payment),
            Err(error) => error,
        };
        match error.reason() {
            Reason::Unproven {
                doubt: Doubt::OtherReference,
                ..
            } => Self::OtherReference {
                status: error.status().as_u16(),
            },
            Reason::Unproven { payment, .. } => Self::of_payment(payment),
            _ => Self::Answer {
                status: error.status().as_u16(),
                problem: error
                    .problem()
                    .map(|problem| problem.kind().as_str().to_owned()),
            },
        }
    }

    fn of_payment(payment: &Payment) -> Self {
        Self::Payment {
            state: payment.state.clone(),
            operation_in_progress: payment.operation_in_progress,
        }
    }

    /// Whether it shows that a request may have reached the server.
    pub(super) fn is_of_a_server(&self) -> bool {
        !matches!(self, Self::Nothing | Self::NotSent)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was asked yet"),
            Self::NoAnswer => f.write_str("the last request got no answer"),
            Self::NotSent => f.write_str("the last request could not be sent"),
            Self::Answer { status: 429, .. } => {
                f.write_str("the last answer was 429, which asks to come back later")
            }
            Self::Answer {
                status,
                problem: Some(problem),
            } => write!(f, "the last answer was {status} {}", Printable(problem)),
            Self::Answer {
                status: status @ 200..=299,
                problem: None,
            } => write!(
                f,
                "the last answer was {status}, and could not be read as a payment"
            ),
            Self::Answer {
                status,
                problem: None,
            } => write!(
                f,
                "the last answer was {status} without a problem document, so it may not have come from the API"
            ),
            Self::OtherReference { status } => {
                write!(f, "the last answer was {status} with another payment")
            }
            Self::Payment {
                state,
                operation_in_progress: true,
            } => write!(
                f,
                "the payment was last seen {state}, with an operation in progress"
            ),
            Self::Payment { state, .. } => write!(f, "the payment was last seen {state}"),
        }
    }
}

/// How evidence stands in a checkpoint.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum EvidenceRecord {
    Nothing,
    NoAnswer,
    NotSent,
    Answer {
        status: u16,
        problem: Option<String>,
    },
    OtherReference {
        status: u16,
    },
    Payment {
        state: String,
        operation_in_progress: bool,
    },
}

impl From<Evidence> for EvidenceRecord {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Nothing => Self::Nothing,
            Evidence::NoAnswer => Self::NoAnswer,
            Evidence::NotSent => Self::NotSent,
            Evidence::Answer { status, problem } => Self::Answer { status, problem },
            Evidence::OtherReference { status } => Self::OtherReference { status },
            Evidence::Payment {
                state,
                operation_in_progress,
            } => Self::Payment {
                state: state.as_str().to_owned(),
                operation_in_progress,
            },
        }
    }
}

impl From<EvidenceRecord> for Evidence {
    fn from(record: EvidenceRecord) -> Self {
        match record {
            EvidenceRecord::Nothing => Self::Nothing,
            EvidenceRecord::NoAnswer => Self::NoAnswer,
            EvidenceRecord::NotSent => Self::NotSent,
            EvidenceRecord::Answer { status, problem } => Self::Answer { status, problem },
            EvidenceRecord::OtherReference { status } => Self::OtherReference { status },
            EvidenceRecord::Payment {
                state,
                operation_in_progress,
            } => Self::Payment {
                state: PaymentState::from(state.as_str()),
                operation_in_progress,
            },
        }
    }
}
