//! Responses that do not confirm an operation.

use std::fmt;

use http::{HeaderMap, Response, StatusCode};

use crate::escaped::Escaped;
use crate::payment::Payment;
use crate::problem::Problem;

/// A response that does not confirm the operation.
///
/// Nothing of the response is lost: [`response`](ResponseError::response) has status, headers and body as they came.
/// `Display` is one line for people; [`kind`](ResponseError::kind) is for programs. `Debug` leaves out header values and body,
/// which may hold more than a log should.
#[derive(Clone)]
pub struct ResponseError {
    response: Box<Response<Vec<u8>>>,
    kind: Box<ResponseErrorKind>,
}

/// Why a response does not confirm the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseErrorKind {
    /// Another status than the operation's success status, with a problem document of the API: the API refused.
    Problem(Problem),
    /// Another status than the operation's success status, without a problem document of the API. A gateway's page, for
    /// example: it does not show that the API itself saw the request.
    Status,
    /// The body has a content coding, which no request asks for, or is not one whole payment object in JSON.
    #[non_exhaustive]
    Unreadable {
        /// What is wrong with the body, and where. Never a part of it; but the name of a coding is a text of the server.
        detail: String,
    },
    /// A payment object that does not confirm the operation.
    #[non_exhaustive]
    Unconfirmed {
        /// The payment in the response.
        payment: Box<Payment>,
        /// What does not match.
        mismatch: Mismatch,
    },
}

/// What keeps a payment object from confirming an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is another payment than the one asked for.
    #[error("it is another payment")]
    OtherReference,
    /// Its state is not the one that the operation leads to.
    #[error("it is in another state")]
    State,
    /// An operation is still in progress on it.
    #[error("an operation is still in progress on it")]
    OperationInProgress,
    /// It does not have the capture or refund that was asked for.
    #[error("it does not have the posting that was asked for")]
    NoPosting,
}

impl ResponseError {
    pub(crate) fn new<B: AsRef<[u8]>>(response: &Response<B>, kind: ResponseErrorKind) -> Self {
        let mut kept = Response::new(response.body().as_ref().to_vec());
        *kept.status_mut() = response.status();
        *kept.version_mut() = response.version();
        kept.headers_mut().clone_from(response.headers());
        Self { response: Box::new(kept), kind: Box::new(kind) }
    }

    /// Returns the response as it came.
    #[must_use]
    pub fn response(&self) -> &Response<Vec<u8>> {
        &self.response
    }

    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the response's body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.response.body()
    }

    /// Returns why the response does not confirm the operation.
    #[must_use]
    pub fn kind(&self) -> &ResponseErrorKind {
        &self.kind
    }

    /// Returns the API's problem document, if the response has one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &*self.kind {
            ResponseErrorKind::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// Returns the payment in the response, if it has one.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        match &*self.kind {
            ResponseErrorKind::Unconfirmed { payment, .. } => Some(payment),
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
            .field("kind", &self.kind)
            .finish()
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status().as_u16();
        match &*self.kind {
            ResponseErrorKind::Problem(problem) => write!(f, "the API responded {problem}"),
            ResponseErrorKind::Status => write!(
                f,
                "the server responded {status} without a problem document of the API, so it may not be the API"
            ),
            ResponseErrorKind::Unreadable { detail } => {
                write!(f, "the server responded {status}, but its body {}", Escaped(detail))
            }
            ResponseErrorKind::Unconfirmed { payment, mismatch: Mismatch::OtherReference } => {
                write!(f, "the API responded {status} with another payment: {}", Escaped(&payment.payment))
            }
            ResponseErrorKind::Unconfirmed { payment, mismatch } => {
                write!(f, "the API responded {status}, but the payment is {}: {mismatch}", payment.state)
            }
        }
    }
}

impl std::error::Error for ResponseError {}
