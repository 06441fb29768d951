//! What is known about a request that brought no response.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::text_type::display_as_str;

/// Tells if a request without a usable response can have reached the server.
///
/// What may be said about money depends on it: the API has no idempotency key, so a request that may have arrived may also
/// have taken effect.
///
/// There is no third value. A transport that is in doubt reports [`Unknown`](Delivery::Unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a third value would be a second kind of doubt")]
pub enum Delivery {
    /// No byte of the request was written: the server cannot have seen it.
    NotSent,
    /// Bytes of the request may have reached the server, which may have acted on them.
    Unknown,
}

impl Delivery {
    /// Returns the name used in logs, reports and JSON: `not_sent` or `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

display_as_str!(Delivery);

/// A transport's failure to bring a usable response, with its cause.
///
/// It cannot be built without a [`Delivery`]. An adapter for another HTTP stack builds one with [`not_sent`] or
/// [`unknown`]. The cause must not contain credentials: it is printed with the error chain, and kept in outcomes.
///
/// [`not_sent`]: TransportError::not_sent
/// [`unknown`]: TransportError::unknown
///
/// ```
/// use bambora_core::{Delivery, TransportError};
///
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let error = TransportError::not_sent(refused);
/// assert_eq!(error.delivery(), Delivery::NotSent);
/// assert_eq!(error.to_string(), "the request was not sent");
/// ```
#[derive(Clone, Debug)]
pub struct TransportError {
    delivery: Delivery,
    source: Arc<dyn Error + Send + Sync>,
}

impl TransportError {
    /// Creates a failure before any byte of the request was written.
    pub fn not_sent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { delivery: Delivery::NotSent, source: source.into().into() }
    }

    /// Creates a failure after which the server may have seen the request: any other.
    pub fn unknown(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { delivery: Delivery::Unknown, source: source.into().into() }
    }

    /// Returns whether the server can have seen the request.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.delivery {
            Delivery::NotSent => "the request was not sent",
            Delivery::Unknown => "no usable response; the request may have reached the server",
        })
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
