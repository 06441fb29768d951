//! Sends the requests of `bambora-core` over a bare socket: core builds the request and parses the response, and everything in
//! between is here.
//!
//! As it stands, it is for clear text to a loopback address only. For anything else, put TLS around the socket.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use bambora_core::{CancelPayment, OperationExt as _, Payment, TransportError};
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
    let response = exchange(sandbox.api().request(&cancel), LIMITS)?;
    Ok(cancel.parse(&response)?)
}

pub(crate) const LIMITS: Limits = Limits {
    connect_timeout: Duration::from_secs(5),
    total_timeout: Duration::from_secs(30),
    head: 64 * 1024,
    body: 1024 * 1024,
};

/// How long an exchange may take, and how many bytes a response may have.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) head: usize,
    pub(crate) body: usize,
}

/// Sends one request on a connection of its own, and reads the response.
pub(crate) fn exchange(
    request: Request<Vec<u8>>,
    limits: Limits,
) -> Result<Response<Vec<u8>>, TransportError> {
    let deadline = Instant::now() + limits.total_timeout;
    let mut socket = connect(&request, limits).map_err(TransportError::not_sent)?;
    // From the first byte on, the server may have read the request, whatever fails.
    send(&mut socket, &request)
        .and_then(|()| receive(&mut socket, deadline, limits))
        .map_err(TransportError::unknown)
}

fn connect(request: &Request<Vec<u8>>, limits: Limits) -> io::Result<TcpStream> {
    let authority = request
        .uri()
        .authority()
        .map_or("", |authority| authority.as_str());
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limits.connect_timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn send(socket: &mut TcpStream, request: &Request<Vec<u8>>) -> io::Result<()> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut bytes =
        format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    socket.write_all(&bytes)
}

fn receive(
    socket: &mut TcpStream,
    deadline: Instant,
    limits: Limits,
) -> io::Result<Response<Vec<u8>>> {
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        more(socket, &mut received, deadline, limits.head)?;
    };
    let body = received.split_off(end);
    let mut response =
        head(&received).ok_or_else(|| io::Error::other("the head cannot be understood"))?;
    let length = content_length(&response)
        .ok_or_else(|| io::Error::other("there is not exactly one length"))?;
    if length > limits.body {
        return Err(io::Error::other("the body is longer than the limit"));
    }
    *response.body_mut() = body;
    while response.body().len() < length {
        more(socket, response.body_mut(), deadline, length)?;
    }
    response.body_mut().truncate(length);
    Ok(response)
}

/// Reads some more bytes, up to `most` in all. The end is an error: something is still missing.
fn more(
    socket: &mut TcpStream,
    bytes: &mut Vec<u8>,
    deadline: Instant,
    most: usize,
) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() || bytes.len() >= most {
        return Err(io::ErrorKind::TimedOut.into());
    }
    socket.set_read_timeout(Some(left))?;
    let mut buffer = [0; 4096];
    match socket.read(&mut buffer)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        read => {
            bytes.extend(buffer.iter().take(read));
            Ok(())
        }
    }
}

/// Reads a head. `None` if it is not ASCII, or not HTTP/1.1.
fn head(bytes: &[u8]) -> Option<Response<Vec<u8>>> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let mut lines = text.split("\r\n");
    let (status, _) = lines.next()?.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        response = response.header(name, value.trim());
    }
    response.body(Vec::new()).ok()
}

/// Returns the one length that the head states. Without one, the end could not be told from a broken connection.
fn content_length(response: &Response<Vec<u8>>) -> Option<usize> {
    let mut lengths = response.headers().get_all("content-length").iter();
    let (Some(length), None) = (lengths.next(), lengths.next()) else {
        return None;
    };
    let digits = length.to_str().ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
}
