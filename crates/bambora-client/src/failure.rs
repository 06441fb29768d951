//! Why an exchange brought no usable response.

use std::error::Error;
use std::io;

use crate::origin::InvalidRequest;
use crate::proxy::Proxy;
use crate::proxy_failure::ProxyFailure;

/// Why an exchange brought no usable response: the source of a [`TransportError`](bambora_core::TransportError) of a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The request is not one that this client sends.
    #[error(transparent)]
    Request(#[from] InvalidRequest),
    /// There is no runtime to do the work.
    #[error("there is no tokio runtime here: call this inside of one")]
    NoRuntime,
    /// The name look-up failed.
    #[error("the look-up of the host's name failed")]
    Lookup(#[source] io::Error),
    /// The name look-up took longer than the connect timeout.
    #[error("the name look-up took longer than the connect timeout")]
    LookupTimeout,
    /// No address of the host accepted a connection.
    #[error("the connection failed")]
    Connect(#[source] io::Error),
    /// The connection took longer than the connect timeout.
    #[error("the connection took longer than the connect timeout")]
    ConnectTimeout,
    /// The proxy opened no tunnel to the origin.
    #[error("there is no tunnel through the proxy")]
    Proxy(#[from] ProxyFailure),
    /// The TLS handshake failed.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The exchange took longer than the total timeout.
    #[error("the exchange took longer than the total timeout")]
    TotalTimeout,
    /// The server sent something before the request was written.
    #[error("the server sent something before the request")]
    EarlyResponse,
    /// The response's status or framing cannot be trusted.
    #[error("the response's status or framing cannot be trusted")]
    UntrustedHead,
    /// The response's body is longer than the limit.
    #[error("the response's body is longer than the limit of {limit} bytes")]
    #[non_exhaustive]
    BodyLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The HTTP library failed.
    #[error("the HTTP exchange failed")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// Returns the same failure to connect, as one of the proxy if that is what was connected to.
    #[must_use]
    pub fn at_hop(self, proxy: Option<&Proxy>) -> Self {
        if proxy.is_none() {
            return self;
        }
        match self {
            Self::Lookup(error) => Self::Proxy(ProxyFailure::Lookup(error)),
            Self::Connect(error) => Self::Proxy(ProxyFailure::Connect(error)),
            Self::LookupTimeout | Self::ConnectTimeout => Self::Proxy(ProxyFailure::Timeout),
            other => other,
        }
    }

    /// Creates the failure of a body that is longer than the limit.
    #[must_use]
    pub fn body_limit(limit: usize) -> Self {
        Self::BodyLimit { limit }
    }
}
