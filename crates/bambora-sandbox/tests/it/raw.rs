//! Requests as bytes, and responses as bytes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bambora_sandbox::Sandbox;

/// The published example credentials.
pub(crate) const AUTHORIZATION: &str = "Authorization: Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt\r\n";

/// A cancel request as documented.
pub(crate) fn cancel(reference: &str) -> String {
    format!("POST /payments/{reference}/cancel/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\r\n")
}

/// A request with a body of JSON: `action` is the last part of the path.
pub(crate) fn post(reference: &str, action: &str, body: &str) -> String {
    format!(
        "POST /payments/{reference}/{action}/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn capture(reference: &str, amount: i64, comment: &str) -> String {
    let body = format!(r#"{{"amount":{amount},"comment":"{comment}"}}"#);
    post(reference, "capture", &body)
}

pub(crate) fn refund(reference: &str, amount: i64, comment: &str) -> String {
    let body = format!(r#"{{"amount":{amount},"comment":"{comment}"}}"#);
    post(reference, "refund", &body)
}

pub(crate) fn query(reference: &str) -> String {
    format!("GET /payments/{reference}/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\r\n")
}

/// What comes back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// 0 if there is none.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The last path segment of a problem's type.
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        let kind = problem["type"].as_str().unwrap();
        kind.rsplit('/').next().unwrap().to_owned()
    }
}

/// Sends bytes on a connection of their own, and reads to the end.
pub(crate) fn exchange(sandbox: &Sandbox, request: &str) -> Response {
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    // If a reset was quicker, there is nothing left to end.
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let mut response = Vec::new();
    // A reset ends it as well as a close does.
    let _ = socket.read_to_end(&mut response);
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    Response {
        status: head.get(9..12).map_or(0, |status| status.parse().unwrap()),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}
