//! What can go wrong in one exchange.

use crate::{Delivery, ResponseError, TransportError};

/// One request and its answer did not end in the proof that was asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No answer: whether the server saw the request is in [`TransportError::delivery`].
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that does not prove what was asked for.
    #[error(transparent)]
    Response(#[from] ResponseError),
}

/// What kind of [`Error`] it is, without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server cannot have seen the request.
    NotSent,
    /// No answer, and the server may have seen the request.
    NoAnswer,
    /// The API refused with a problem document.
    Problem,
    /// Any other answer that proves nothing.
    NoProof,
}

impl Error {
    /// The kind, for programs to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(error) => match error.delivery() {
                Delivery::NotSent => ErrorKind::NotSent,
                Delivery::Unknown => ErrorKind::NoAnswer,
            },
            Self::Response(error) if error.problem().is_some() => ErrorKind::Problem,
            Self::Response(_) => ErrorKind::NoProof,
        }
    }
}
