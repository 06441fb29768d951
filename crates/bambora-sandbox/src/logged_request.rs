//! A request that the sandbox read, and what it did with it.

use std::fmt;
use std::time::Duration;

use bambora_core::PaymentState;

use crate::fault::Fault;
use crate::operation::Operation;

/// A request that the sandbox read whole, and what it did with it. `Debug` does not show the `Authorization` header.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The number of the request, from 0. A reset of the sandbox does not start it again.
    pub number: usize,
    /// When the request was handled: the time since the sandbox started.
    pub handled_at: Duration,
    /// The number of the connection that it arrived on, from 0.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// The request target, as it stood on the wire.
    pub target: String,
    /// The operation and the payment's reference, if the request was authenticated and its path is known.
    pub operation: Option<(Operation, String)>,
    /// The body: its first 64 KiB, if it is longer.
    pub body: Vec<u8>,
    /// The length of the whole body.
    pub body_length: usize,
    /// The status of the response; `None` if the connection was closed or reset instead.
    pub status: Option<u16>,
    /// The name of the problem that the response told, for example `payment_not_found`.
    pub problem: Option<&'static str>,
    /// The fault that the request met.
    pub fault: Option<Fault>,
    /// Whether the request took effect at once.
    pub applied: bool,
    /// How many effects of earlier requests for the payment were due, and took place just before this request.
    pub late_effects: usize,
    /// The state of the payment afterwards, as the API shows it; `None` if there is no such payment.
    pub state: Option<PaymentState>,
    /// Whether the payment's reserved amount was truly released by then, in whatever way.
    pub canceled: bool,
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1.
    pub(crate) minor_version: u8,
    pub(crate) head: Vec<u8>,
}

impl LoggedRequest {
    /// Returns the header names in the order of the wire, as they were written.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers().map(|(name, _)| name)
    }

    /// Returns the values of a header, looked up without regard to case. For `authorization` this is the secret.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the head as it stood on the wire, up to and including the blank line: **the credentials are in it**.
    #[must_use]
    pub fn head_with_credentials(&self) -> &[u8] {
        &self.head
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
            Some((std::str::from_utf8(name).ok()?, value.trim_ascii()))
        })
    }

    /// Returns the path of the request target.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn wants_close(&self) -> bool {
        let says = |word: &[u8]| self.header("connection").any(|value| value.eq_ignore_ascii_case(word));
        says(b"close") || (self.minor_version == 0 && !says(b"keep-alive"))
    }

    pub(crate) fn is_body_truncated(&self) -> bool {
        self.body.len() < self.body_length
    }

    /// Returns about how much memory the request takes.
    pub(crate) fn bytes(&self) -> usize {
        let reference = self.operation.as_ref().map_or(0, |(_, text)| text.capacity());
        size_of::<Self>()
            + self.method.capacity()
            + self.target.capacity()
            + self.head.capacity()
            + self.body.capacity()
            + reference
    }
}

impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedRequest")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.header_names().collect::<Vec<_>>())
            .field("body_length", &self.body_length)
            .field("status", &self.status)
            .field("applied", &self.applied)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_takes_the_memory_of_all_its_parts() {
        let request = LoggedRequest {
            method: "M".repeat(10),
            target: "t".repeat(200),
            head: vec![b'h'; 3_000],
            body: vec![b'b'; 40_000],
            operation: Some((Operation::Cancel, "r".repeat(500_000))),
            ..LoggedRequest::default()
        };
        assert_eq!(request.bytes(), size_of::<LoggedRequest>() + 543_210);
        assert_eq!(LoggedRequest::default().bytes(), size_of::<LoggedRequest>());
    }

    #[test]
    fn a_connection_ends_as_the_version_and_the_header_say() {
        for (minor_version, header, ends) in [
            (1, "", false),
            (1, "Connection: close\r\n", true),
            (1, "Connection: Close\r\n", true),
            (1, "Connection: keep-alive\r\n", false),
            (0, "", true),
            (0, "Connection: keep-alive\r\n", false),
            (0, "Connection: close\r\n", true),
        ] {
            let head = format!("GET / HTTP/1.{minor_version}\r\n{header}\r\n").into_bytes();
            let request = LoggedRequest { minor_version, head, ..LoggedRequest::default() };
            assert_eq!(request.wants_close(), ends, "HTTP/1.{minor_version} {header}");
        }
    }
}
