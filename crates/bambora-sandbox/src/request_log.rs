//! What the sandbox saw.

use std::fmt;

use crate::Operation;
use crate::request_reader::WireRequest;

/// One request that the sandbox read whole, and what it did with it. `Debug` does not show the `Authorization` header.
#[derive(Clone)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The number of the connection that it came on, from 0.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// The request target, as it stood on the wire.
    pub target: String,
    /// Which operation it is, and for which payment, where it is one.
    pub operation: Option<(Operation, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status that it was answered with; `None` where the connection was closed or reset instead.
    pub answered: Option<u16>,
    /// Whether it took effect at once.
    pub applied: bool,
    wire: WireRequest,
}

impl LoggedRequest {
    pub(crate) fn new(connection: usize, wire: WireRequest) -> Self {
        Self {
            connection,
            method: wire.method.clone(),
            target: wire.target.clone(),
            operation: None,
            body: wire.body.clone(),
            answered: None,
            applied: false,
            wire,
        }
    }

    /// The header names in the order of the wire, as they were written.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.wire.headers.iter().map(|(name, _)| name.as_str())
    }

    /// The values of a header, looked for without regard to case. For `authorization` this is the secret.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.wire.header(name)
    }

    /// The head as it stood on the wire, up to and including the blank line: **the credentials are in it**.
    #[must_use]
    pub fn head_with_credentials(&self) -> &[u8] {
        &self.wire.head
    }
}

impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedRequest")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.header_names().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .field("answered", &self.answered)
            .field("applied", &self.applied)
            .finish_non_exhaustive()
    }
}
