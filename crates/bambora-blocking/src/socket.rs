//! A connection to the origin whose every operation ends by a deadline.

use std::fmt::Debug;
use std::io::{self, BufRead as _, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

/// A connection, in clear text or inside TLS.
pub(crate) trait Socket: Read + Write + Debug + Send + Sync {
    /// Sets the time by which every operation ends.
    fn set_deadline(&mut self, deadline: Instant);

    /// Returns `true` if there is nothing to read, and the server has not closed the connection.
    fn is_quiet(&mut self) -> bool;
}

/// A TCP connection. A timeout for each operation is not enough: TLS makes several to read one record.
#[derive(Debug)]
pub(crate) struct TcpSocket {
    tcp: TcpStream,
    deadline: Instant,
}

impl TcpSocket {
    /// Tries the addresses in the resolver's order, each for an equal part of the time that is left.
    pub(crate) fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<Self> {
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        for (position, address) in addresses.iter().enumerate() {
            let untried = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
            let share = time_left(deadline)? / untried;
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(tcp) => {
                    tcp.set_nodelay(true)?;
                    return Ok(Self { tcp, deadline });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Makes an operation again if a signal interrupted it.
    fn retrying<T>(&mut self, mut operation: impl FnMut(&mut Self, Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            let left = time_left(self.deadline)?;
            match operation(self, left) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What a socket says when its timeout is over.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                result => return result,
            }
        }
    }

    /// Lets `look` find out what can be read without waiting.
    fn without_waiting<T>(&mut self, look: impl FnOnce(&mut TcpStream) -> T) -> io::Result<T> {
        self.tcp.set_nonblocking(true)?;
        let found = look(&mut self.tcp);
        self.tcp.set_nonblocking(false)?;
        Ok(found)
    }
}

fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}

impl Read for TcpSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.retrying(|socket, left| {
            socket.tcp.set_read_timeout(Some(left))?;
            socket.tcp.read(buffer)
        })
    }
}

impl Write for TcpSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retrying(|socket, left| {
            socket.tcp.set_write_timeout(Some(left))?;
            socket.tcp.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

impl Socket for TcpSocket {
    fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    fn is_quiet(&mut self) -> bool {
        let peeked = self.without_waiting(|tcp| tcp.peek(&mut [0]));
        matches!(peeked, Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl Socket for StreamOwned<ClientConnection, TcpSocket> {
    fn set_deadline(&mut self, deadline: Instant) {
        self.sock.deadline = deadline;
    }

    /// What TLS itself has to say, session tickets for example, is read and does not count.
    fn is_quiet(&mut self) -> bool {
        let tls = &mut self.conn;
        let is_open = self.sock.without_waiting(|tcp| {
            loop {
                match tls.read_tls(tcp) {
                    Ok(read) if read > 0 && tls.process_new_packets().is_ok() => {}
                    Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
                    Ok(_) => return false,
                }
            }
        });
        let nothing_deciphered = matches!(
            tls.reader().fill_buf(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock
        );
        matches!(is_open, Ok(true)) && nothing_deciphered
    }
}
