//! The server's end of a connection: reads requests as they are and sends arbitrary bytes.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::wire_log::SeenRequest;

/// A connection in clear text or inside TLS.
pub(crate) trait Socket: Read + Write + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

pub(crate) struct Connection {
    socket: BufReader<Box<dyn Socket>>,
    number: usize,
    /// Whether the last request asked for the connection to be closed.
    closing: bool,
}

impl Connection {
    pub(crate) fn new(socket: Box<dyn Socket>, number: usize) -> Self {
        Self { socket: BufReader::new(socket), number, closing: false }
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        self.socket.get_ref().tcp()
    }

    /// Reads a request with its body. Returns `None` if the client sends no more.
    pub(crate) fn request(&mut self) -> io::Result<Option<SeenRequest>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let start = head.len();
            if self.socket.read_until(b'\n', &mut head)? == 0 {
                return match start {
                    0 => Ok(None),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
        let head = String::from_utf8_lossy(&head);
        let mut request = SeenRequest {
            connection: self.number,
            authority: self.tcp().local_addr()?.to_string(),
            lines: head.trim_end().split("\r\n").map(str::to_owned).collect(),
            body: Vec::new(),
        };
        self.body(&mut request)?;
        let options = request.header("connection");
        self.closing = options.iter().any(|value| value.eq_ignore_ascii_case("close"));
        Ok(Some(request))
    }

    fn body(&mut self, request: &mut SeenRequest) -> io::Result<()> {
        let mut body = Vec::new();
        if !request.header("transfer-encoding").is_empty() {
            // Kept with its chunk lines: no request of the suite is chunked, so this is reported as a failure anyway.
            while !body.ends_with(b"0\r\n\r\n") {
                if self.socket.read_until(b'\n', &mut body)? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        } else if let [length] = request.header("content-length")[..] {
            let length = length.parse().map_err(io::Error::other)?;
            let read = (&mut self.socket).take(length).read_to_end(&mut body)?;
            if u64::try_from(read).map_err(io::Error::other)? < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        request.body = body;
        Ok(())
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let socket = self.socket.get_mut();
        socket.write_all(bytes)?;
        socket.flush()
    }

    /// Reads everything that arrives until the client closes or resets the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset ends the connection just as well, and what came before it has been read.
        let _ = self.socket.read_to_end(&mut rest);
        rest
    }

    /// Closes the sending side of the TCP connection, without a `close_notify` inside TLS.
    pub(crate) fn fin(&mut self) {
        // It may be closed already.
        let _ = self.tcp().shutdown(Shutdown::Write);
    }

    pub(crate) fn fin_if_asked(&mut self) {
        if self.closing {
            self.fin();
        }
    }
}
