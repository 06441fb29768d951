//! Requests for the payments API, as bytes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bambora_sandbox::Sandbox;

/// The published example credentials.
const HEADERS: &str = "Host: x\r\nAuthorization: Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt\r\nAPI-Version: 1\r\n";

pub(crate) fn post(reference: &str, action: &str, body: &str) -> String {
    format!("POST /payments/{reference}/{action}/ HTTP/1.1\r\n{HEADERS}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn query(reference: &str) -> String {
    format!("GET /payments/{reference}/ HTTP/1.1\r\n{HEADERS}\r\n")
}

/// Sends a request on a connection of its own, and returns the response.
pub(crate) fn exchange(sandbox: &Sandbox, request: &str) -> String {
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).unwrap();
    response
}
