//! An answer that is not the proof that was asked for.

use std::fmt;

use http::{HeaderMap, Response, StatusCode};

use crate::payment::Payment;
use crate::{Printable, Problem};

/// An answer arrived, and it does not prove what the operation claims.
///
/// Nothing of the answer is lost: [`response`](ResponseError::response) has status, headers and body as they came, whatever
/// they were. `Display` is one line for people; [`reason`](ResponseError::reason) is for programs. `Debug` leaves out header
/// values and body, which may hold more than a log should.
#[derive(Clone)]
pub struct ResponseError {
    response: Box<Response<Vec<u8>>>,
    reason: Box<Reason>,
}

/// Why an answer does not prove what the operation claims.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// Not the operation's success status, and the body is a problem document: the API said no, and why.
    Problem(Problem),
    /// Not the operation's success status, and the body is no problem document: a gateway's page, for example. It does
    /// not show that the API itself looked at the request.
    Status,
    /// The body cannot be trusted, or is not a payment object.
    Unreadable(Unreadable),
    /// A payment object, but not one that proves what was asked for.
    #[non_exhaustive]
    Unproven {
        /// The payment that the answer shows.
        payment: Box<Payment>,
        /// What is amiss with it.
        doubt: Doubt,
    },
}

/// Why a body cannot be trusted, or is not a payment object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// The body is longer than the limit.
    #[non_exhaustive]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body has a content coding, which no request asks for.
    #[non_exhaustive]
    ContentCoding {
        /// What the `Content-Encoding` header says.
        coding: String,
    },
    /// The body is not one whole payment object in JSON.
    #[non_exhaustive]
    NotAPayment {
        /// What is wrong with it, and where.
        detail: String,
    },
}

/// What is amiss with a payment that was shown as the proof of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// It is another payment than the one asked for.
    OtherReference,
    /// Its state is not the one that the operation leads to.
    State,
    /// An operation is still being carried out on it.
    OperationInProgress,
}

impl ResponseError {
    pub(crate) fn new<B: AsRef<[u8]>>(response: &Response<B>, reason: Reason) -> Self {
        let mut kept = Response::new(response.body().as_ref().to_vec());
        *kept.status_mut() = response.status();
        *kept.version_mut() = response.version();
        kept.headers_mut().clone_from(response.headers());
        Self {
            response: Box::new(kept),
            reason: Box::new(reason),
        }
    }

    /// The answer as it came.
    #[must_use]
    pub fn response(&self) -> &Response<Vec<u8>> {
        &self.response
    }

    /// The answer's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The answer's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The answer's body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.response.body()
    }

    /// Why it is not the proof.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The problem document, where the answer has one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &*self.reason {
            Reason::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The payment that the answer shows, where it shows one.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        match &*self.reason {
            Reason::Unproven { payment, .. } => Some(payment),
            _ => None,
        }
    }
}

impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseError")
            .field("status", &self.status())
            .field("headers", &self.headers().len())
            .field("body_bytes", &self.body().len())
            .field("reason", &self.reason)
            .finish()
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status().as_u16();
        match &*self.reason {
            Reason::Problem(problem) => write!(f, "the API answered {status} {problem}"),
            Reason::Status => write!(
                f,
                "the server answered {status} without a problem document, so it may not be the API that answered"
            ),
            Reason::Unreadable(why) => write!(f, "the server answered {status}, but {why}"),
            Reason::Unproven { payment, doubt } => match doubt {
                Doubt::OtherReference => write!(
                    f,
                    "the API answered {status} with another payment: {}",
                    Printable(&payment.payment)
                ),
                Doubt::State => write!(
                    f,
                    "the API answered {status}, but the payment is {}",
                    payment.state
                ),
                Doubt::OperationInProgress => write!(
                    f,
                    "the API answered {status}, but an operation is still in progress on the payment ({})",
                    payment.state
                ),
            },
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(f, "its body is longer than the limit of {limit} bytes")
            }
            Self::ContentCoding { coding } => write!(
                f,
                "its body is coded as {:?}, which was not asked for",
                Printable(coding).to_string()
            ),
            Self::NotAPayment { detail } => {
                write!(f, "its body is not a payment object: {}", Printable(detail))
            }
        }
    }
}

impl std::error::Error for ResponseError {}
