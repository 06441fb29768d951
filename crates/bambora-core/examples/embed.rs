//! The API over a bare `TcpStream`: core builds the requests, parses the responses and drives the safe cancel; everything
//! between is here.
//!
//! For clear text to a loopback address only, as it stands: for anything else, put TLS around the socket. The server at the end of
//! this file stands in for the API, and loses its first response.
//!
//! `cargo run -p bambora-core --example embed`

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::thread;
use std::time::{Duration, Instant};

use bambora_core::flow::{Connection, Step};
use bambora_core::{
    Api, BaseUrl, CancelFlow, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Outcome,
    PaymentReference, TransportError,
};
use http::{Request, Response};

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = BaseUrl::new(&format!("http://{}", listener.local_addr()?))?;
    let server = thread::spawn(move || serve(&listener));
    let credentials = Credentials::new(
        MerchantNumber::new("123456789")?,
        MerchantToken::new("abcdefg")?,
        MerchantSecret::new("7AQu7FGB2Kwm")?,
    );
    let api = Api::new(credentials).with_base_url(base_url);

    let outcome = cancel(&api, &"ORDER-1001".parse()?);
    println!("{outcome}");
    assert!(outcome.to_string().starts_with("canceled, confirmed by query"));
    server.join().map_err(|_| "the server failed")??;
    Ok(())
}

/// Cancels a payment. Every request has a connection of its own, so each is fresh.
pub(crate) fn cancel(api: &Api, reference: &PaymentReference) -> Outcome {
    let policy = CancelPolicy::default();
    let mut flow = CancelFlow::new(api.merchant().clone(), reference.clone(), policy, seed());
    let started = Instant::now();
    loop {
        match flow.step(started.elapsed()) {
            // To survive a crash, store `flow.checkpoint()` here.
            Step::Send(kind) => match send(&kind.request(api, reference), LIMITS) {
                Ok(response) => flow.on_response(&response, Connection::Fresh),
                Err(error) => flow.on_failure(&error),
            },
            Step::Wait(duration) => thread::sleep(duration),
            Step::Done(outcome) => return outcome,
        }
    }
}

/// A number that differs between processes.
fn seed() -> u64 {
    u64::from(std::process::id())
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

/// Makes one exchange on a connection of its own.
pub(crate) fn send(request: &Request<Vec<u8>>, limits: Limits) -> Result<Response<Vec<u8>>, TransportError> {
    let deadline = Instant::now() + limits.total_timeout;
    let mut socket = connect(request, limits).map_err(TransportError::not_sent)?;
    // From the first byte on, whatever fails: the server may have read it.
    write(&mut socket, request).and_then(|()| read(&mut socket, deadline, limits)).map_err(TransportError::unknown)
}

fn connect(request: &Request<Vec<u8>>, limits: Limits) -> io::Result<TcpStream> {
    let authority = request.uri().authority();
    let authority = authority.map_or("", |authority| authority.as_str());
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limits.connect_timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn write(socket: &mut TcpStream, request: &Request<Vec<u8>>) -> io::Result<()> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut bytes = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    socket.write_all(&bytes)
}

fn read(socket: &mut TcpStream, deadline: Instant, limits: Limits) -> io::Result<Response<Vec<u8>>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_more(socket, &mut bytes, deadline, limits.head)?;
    };
    let body = bytes.split_off(end);
    let mut response = head(&bytes).ok_or_else(|| io::Error::other("not a head"))?;
    let length = content_length(&response).ok_or_else(|| io::Error::other("not one length"))?;
    if length > limits.body {
        return Err(io::Error::other("the body is longer than the limit"));
    }
    *response.body_mut() = body;
    while response.body().len() < length {
        read_more(socket, response.body_mut(), deadline, length)?;
    }
    response.body_mut().truncate(length);
    Ok(response)
}

/// Reads some more, and no more than `most` in all. The end of the stream is an error: something is still missing.
fn read_more(socket: &mut TcpStream, bytes: &mut Vec<u8>, deadline: Instant, most: usize) -> io::Result<()> {
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

/// Returns the one length that the head states. Without one, the end of the body could not be told from a break.
fn content_length(response: &Response<Vec<u8>>) -> Option<usize> {
    let mut lengths = response.headers().get_all("content-length").iter();
    let (Some(length), None) = (lengths.next(), lengths.next()) else {
        return None;
    };
    let digits = length.to_str().ok()?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().ok())?
}

/// Cancels whatever it is asked to cancel, closes the first connection without a response, and responds to the second.
fn serve(listener: &TcpListener) -> io::Result<()> {
    let body = r#"{"payment": "ORDER-1001", "state": "Canceled", "operationInProgress": false}"#;
    let responses = [String::new(), format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())];
    for response in responses {
        let (mut socket, _) = listener.accept()?;
        for line in BufReader::new(&socket).lines() {
            if line?.is_empty() {
                break;
            }
        }
        socket.write_all(response.as_bytes())?;
    }
    Ok(())
}

#[test]
fn a_lost_response_is_resolved() -> Result<(), Box<dyn Error>> {
    main()
}
