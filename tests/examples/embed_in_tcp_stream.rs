//! The API over a bare socket: `bambora-core` writes the request and reads the answer, and everything between is here.
//!
//! For clear text to a loopback address only, as it stands: for anything else, put TLS around the socket.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bambora_core::{CancelPayment, Operation as _, Payment, TransportError};
use bambora_sandbox::Sandbox;
use http::{Request, Response};

fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    let payment = cancel(&sandbox)?;
    println!("{} is {}", payment.payment, payment.state);
    Ok(())
}

pub(crate) fn cancel(sandbox: &Sandbox) -> Result<Payment, Box<dyn Error>> {
    let cancel = CancelPayment::new("ORDER-1001".parse()?);
    let response = carry(sandbox.api().request(&cancel))?;
    Ok(cancel.parse(&response)?)
}

/// One request, one answer, one connection.
pub(crate) fn carry(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
    let mut socket = connect(&request).map_err(TransportError::not_sent)?;
    // From the first byte on, whatever fails: the server may have read it.
    exchange(&mut socket, &request).map_err(TransportError::unknown)
}

fn connect(request: &Request<Vec<u8>>) -> io::Result<TcpStream> {
    let authority = request
        .uri()
        .authority()
        .map_or("", |authority| authority.as_str());
    let socket = TcpStream::connect(authority)?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(socket)
}

fn exchange(socket: &mut TcpStream, request: &Request<Vec<u8>>) -> io::Result<Response<Vec<u8>>> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    bytes.extend_from_slice(format!("host: {host}\r\nconnection: close\r\n").as_bytes());
    for (name, value) in request.headers() {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    socket.write_all(&bytes)?;
    let mut answer = Vec::new();
    socket.take(1 << 20).read_to_end(&mut answer)?;
    read(&answer).ok_or_else(|| io::Error::other("this is no whole answer"))
}

/// Reads an answer of HTTP/1.1 with a `content-length`. Anything else is no answer.
fn read(answer: &[u8]) -> Option<Response<Vec<u8>>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let body = answer.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        response = response.header(name, value.trim());
    }
    let response = response.body(body.to_vec()).ok()?;
    let length = response.headers().get("content-length")?.to_str().ok()?;
    (length.parse() == Ok(body.len())).then_some(response)
}
