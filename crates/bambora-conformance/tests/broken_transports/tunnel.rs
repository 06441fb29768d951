//! A tunnel through a proxy.

use std::error::Error;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use bambora_conformance::ProxySettings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;

use crate::mistake::{Mistake, Mistakes};

const LIMIT: usize = 16 * 1024;

/// The proxy refused, with this status.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) u16);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy refused with {}", self.0)
    }
}

impl Error for Refused {}

/// Asks the proxy at the other end of `stream` for a tunnel to the host of `uri`.
pub(crate) fn open(
    mut stream: TcpStream,
    uri: &Uri,
    proxy: &ProxySettings,
    at_most: Duration,
    mistakes: Mistakes,
) -> io::Result<TcpStream> {
    let deadline = Instant::now() + at_most;
    stream.write_all(request(uri, proxy, mistakes)?.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // One byte at a time: what follows the head is not the proxy's.
        match byte(&mut stream, deadline)? {
            Some(byte) => head.push(byte),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        if head.len() > LIMIT && !mistakes.has(Mistake::ReadsHeadsOfTheProxyWithoutALimit) {
            return Err(io::Error::other("the proxy's head is too long"));
        }
    }
    let head = String::from_utf8_lossy(&head);
    if !head.starts_with("HTTP/1.") && !mistakes.has(Mistake::TakesAnyProtocolOfTheProxy) {
        return Err(io::Error::other("the proxy does not speak HTTP"));
    }
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(200);
    if !(200..300).contains(&status) && !mistakes.has(Mistake::TakesAnyStatusOfTheProxy) {
        return Err(io::Error::other(Refused(status)));
    }
    if mistakes.has(Mistake::ReadsBodiesOfTheProxy) && head.contains("Content-Length: 5") {
        for _ in 0..5 {
            byte(&mut stream, deadline)?;
        }
    }
    stream.set_read_timeout(Some(at_most))?;
    Ok(stream)
}

fn request(uri: &Uri, proxy: &ProxySettings, mistakes: Mistakes) -> io::Result<String> {
    let mut host = uri.host().unwrap_or_default().to_owned();
    let port = uri.port_u16().unwrap_or(443);
    if mistakes.has(Mistake::ResolvesTheOriginItself) {
        let address = (host.as_str(), port).to_socket_addrs()?.next();
        host = address.ok_or(io::ErrorKind::NotFound)?.ip().to_string();
    }
    let pair = STANDARD.encode(format!("{}:{}", proxy.user, proxy.password));
    let more = match mistakes.has(Mistake::TellsTheProxyTheCredentials) {
        true => "authorization: Basic x\r\n",
        false => "",
    };
    let head = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
    Ok(format!("{head}{more}proxy-authorization: Basic {pair}\r\n\r\n"))
}

fn byte(stream: &mut TcpStream, deadline: Instant) -> io::Result<Option<u8>> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    let mut byte = [0];
    Ok((stream.read(&mut byte)? == 1).then_some(byte[0]))
}
