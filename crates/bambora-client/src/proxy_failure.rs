//! Why a proxy opened no tunnel.

use std::io;

use http::StatusCode;

/// Why a proxy opened no tunnel. Nothing of a request was sent then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// The look-up of the proxy's name failed.
    #[error("the look-up of the proxy's name failed")]
    Lookup(#[source] io::Error),
    /// No address of the proxy accepted a connection.
    #[error("the connection to the proxy failed")]
    Connect(#[source] io::Error),
    /// There was no tunnel within the connect timeout.
    #[error("the proxy opened no tunnel within the connect timeout")]
    Timeout,
    /// The connection to the proxy broke before there was a tunnel.
    #[error("the connection to the proxy broke before there was a tunnel")]
    Broken(#[source] io::Error),
    /// The proxy refused, with this status.
    #[error("the proxy refused to connect, with status {}{}", .0.as_u16(), hint(*.0))]
    Refused(StatusCode),
    /// The response is not one of HTTP/1.
    #[error("the proxy's response is not HTTP")]
    NotHttp,
    /// The head of the response is longer than the limit.
    #[error("the head of the proxy's response is longer than {limit} bytes")]
    #[non_exhaustive]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The proxy sent more than the head of its response. What follows would be taken for the origin's.
    #[error("the proxy sent more than the head of its response before anything was asked for")]
    Surplus,
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => ": it wants other credentials, or some",
        _ => "",
    }
}
