//! A server's end of a connection: reading requests as they are, and sending whatever is asked for.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

/// A connection in clear text or inside TLS.
pub(crate) trait Wire: Read + Write + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// The longest head that a server reads.
const MAX_HEAD: usize = 1024 * 1024;

/// What was read, and what of it is not used yet.
pub(crate) struct Reader {
    wire: Box<dyn Wire>,
    unread: Vec<u8>,
    /// Whether the last request asked for the connection's end.
    closing: bool,
}

impl Reader {
    pub(crate) fn new(wire: Box<dyn Wire>) -> Self {
        Self {
            wire,
            unread: Vec::new(),
            closing: false,
        }
    }

    pub(crate) fn wire(&mut self) -> &mut dyn Wire {
        &mut *self.wire
    }

    /// Reads a head and its body. `None` where the client has no more.
    pub(crate) fn request(&mut self) -> io::Result<Option<(Vec<String>, Vec<u8>)>> {
        let end = loop {
            if let Some(position) = self
                .unread
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break position;
            }
            if self.unread.len() > MAX_HEAD {
                return Err(io::Error::other("the head has no end"));
            }
            if !self.more()? {
                if self.unread.is_empty() {
                    return Ok(None);
                }
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = String::from_utf8_lossy(self.unread.get(..end).unwrap_or_default()).into_owned();
        self.unread.drain(..end + 4);
        let lines: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
        let body = self.body(&lines)?;
        self.closing =
            value(&lines, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(Some((lines, body)))
    }

    /// Ends the sending side where the last request asked for that.
    pub(crate) fn fin_if_asked(&mut self) {
        if self.closing {
            self.fin();
        }
    }

    fn body(&mut self, lines: &[String]) -> io::Result<Vec<u8>> {
        if value(lines, "transfer-encoding").is_some() {
            return self.chunks();
        }
        let length = value(lines, "content-length").and_then(|length| length.parse().ok());
        self.exactly(length.unwrap_or(0))
    }

    /// The chunks of a body, with their own lines: no request of ours has any, so that they are kept as they are.
    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(position) = self
                .unread
                .windows(5)
                .position(|window| window == b"0\r\n\r\n")
            {
                return self.exactly(position + 5);
            }
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn more(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        let read = self.wire.read(&mut buffer)?;
        self.unread
            .extend_from_slice(buffer.get(..read).unwrap_or_default());
        Ok(read > 0)
    }

    /// Everything up to the client's end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        // A reset is an end, too.
        while matches!(self.more(), Ok(true)) {}
        std::mem::take(&mut self.unread)
    }

    /// Ends the sending side without a word to TLS.
    pub(crate) fn fin(&mut self) {
        // It may have ended already.
        let _ = self.wire.tcp().shutdown(Shutdown::Write);
    }
}

fn value<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}
