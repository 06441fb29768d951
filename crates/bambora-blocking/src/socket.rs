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
        let is_drained = self.sock.without_waiting(|tcp| {
            drain(|| {
                tls.read_tls(tcp)?;
                tls.process_new_packets().map(drop).map_err(io::Error::other)
            })
        });
        let nothing_deciphered = matches!(
            tls.reader().fill_buf(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock
        );
        matches!(is_drained, Ok(true)) && nothing_deciphered
    }
}

/// Reads until there is nothing more, and returns `true` if that came about soon: a peer may go on for ever with records that have
/// nothing in them, and after its end there is always nothing to read.
fn drain(mut read: impl FnMut() -> io::Result<()>) -> bool {
    let ended = (0..64).find_map(|_| read().err());
    ended.is_some_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use bambora_client::ClientBuilder;
    use socket2::{Domain, Socket as RawSocket, Type};

    use super::*;
    use crate::given_settings::given;

    /// A port whose accept queue is full and is never emptied, so that connections stay pending, and what keeps it so.
    fn black_hole() -> (SocketAddr, RawSocket, Vec<TcpStream>) {
        let socket = RawSocket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(150)).ok();
        let queue: Vec<TcpStream> = (0..32).map_while(|_| connect()).collect();
        assert!(queue.len() < 32, "the accept queue does not fill up");
        (address, socket, queue)
    }

    #[test]
    fn addresses_that_swallow_packets_share_the_time_in_equal_parts() {
        let (hole, _socket, _queue) = black_hole();
        let whole = Duration::from_millis(900);
        let started = Instant::now();
        let failure = TcpSocket::connect(&[hole; 3], started + whole).unwrap_err();
        assert_eq!(failure.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() > whole * 9 / 10, "{:?}", started.elapsed());
        // Half of the time is left for the one that listens.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addresses = [hole, listener.local_addr().unwrap()];
        assert!(TcpSocket::connect(&addresses, Instant::now() + Duration::from_secs(4)).is_ok());
    }

    /// A signal ends no exchange, an operation that takes too long does, and any other error says what it is.
    #[test]
    fn an_operation_is_made_again_only_if_a_signal_interrupted_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut socket = TcpSocket::connect(&[listener.local_addr().unwrap()], deadline).unwrap();
        for (first, expected, tries) in [
            (io::ErrorKind::Interrupted, Ok(7), 2),
            (io::ErrorKind::WouldBlock, Err(io::ErrorKind::TimedOut), 1),
            (io::ErrorKind::ConnectionReset, Err(io::ErrorKind::ConnectionReset), 1),
        ] {
            let mut tried = 0;
            let result = socket.retrying(|_, left| {
                assert!(left <= Duration::from_secs(60));
                tried += 1;
                if tried == 1 { Err(first.into()) } else { Ok(7) }
            });
            assert_eq!((result.map_err(|error| error.kind()), tried), (expected, tries));
        }
        socket.set_deadline(Instant::now());
        assert_eq!(socket.retrying(|_, _| Ok(7)).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_connection_that_does_not_fall_silent_is_not_quiet() {
        let after = |reads: usize, end: io::ErrorKind| {
            let mut left = reads;
            drain(|| match left {
                0 => Err(end.into()),
                _ => {
                    left -= 1;
                    Ok(())
                }
            })
        };
        assert!(after(0, io::ErrorKind::WouldBlock) && after(5, io::ErrorKind::WouldBlock));
        assert!(!after(5, io::ErrorKind::UnexpectedEof));
        assert!(!drain(|| Ok(())));
    }

    /// Else a connection that is used again would have the deadline of its first exchange.
    #[test]
    fn a_deadline_holds_inside_of_tls_too() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let far = Instant::now() + Duration::from_secs(60);
        let tcp = TcpSocket::connect(&[listener.local_addr().unwrap()], far).unwrap();
        let config = bambora_client::tls_config(&given(ClientBuilder::new())).unwrap();
        let mut tls = StreamOwned::new(ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap(), tcp);
        tls.set_deadline(Instant::now());
        assert_eq!(tls.sock.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_host_without_an_address_was_not_found() {
        let failure = TcpSocket::connect(&[], Instant::now() + Duration::from_secs(1)).unwrap_err();
        assert_eq!(failure.kind(), io::ErrorKind::NotFound);
    }
}
