//! A request as bytes, and its answer as bytes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bambora_sandbox::Sandbox;

/// The published example credentials.
pub(crate) const AUTHORIZATION: &str =
    "Authorization: Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt\r\n";

/// A cancel request as documented.
pub(crate) fn cancel(reference: &str) -> String {
    format!(
        "POST /payments/{reference}/cancel/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\r\n"
    )
}

pub(crate) fn query(reference: &str) -> String {
    format!(
        "GET /payments/{reference}/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\r\n"
    )
}

/// What comes back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 0 where there is none.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends bytes on a connection of their own, and reads to the end.
pub(crate) fn exchange(sandbox: &Sandbox, request: &str) -> Answer {
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    // Where a reset was quicker, there is nothing left to end.
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    // A reset ends it as well as a close does.
    let _ = socket.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Answer {
        status: head.get(9..12).map_or(0, |status| status.parse().unwrap()),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}
