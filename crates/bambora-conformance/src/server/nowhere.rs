//! Places where no connection is established.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// More connections than fit into any queue that was requested with length 0.
const MAX_QUEUE: usize = 32;

/// Where no server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nowhere {
    /// A port that does not listen, but is bound, so that no other program can listen on it.
    RefusingPort,
    /// A port whose accept queue is full and is never emptied, so that connection attempts stay pending.
    BlackHole,
    /// A name that nobody can register.
    NoSuchHost,
}

/// Keeps a port closed until it is dropped.
pub(crate) struct ClosedPort {
    _socket: Socket,
    _queue: Vec<TcpStream>,
}

impl Nowhere {
    /// Returns the authority for a URL, and the port if there is one.
    pub(crate) fn open(self) -> io::Result<(String, Option<ClosedPort>)> {
        if self == Self::NoSuchHost {
            return Ok(("no-such-host.invalid:3128".to_owned(), None));
        }
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        let address = address.ok_or_else(|| io::Error::other("the socket has no address"))?;
        let mut queue = Vec::new();
        if self == Self::BlackHole {
            socket.listen(0)?;
            let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(150)).ok();
            queue.extend((0..MAX_QUEUE).map_while(|_| connect()));
            if queue.len() == MAX_QUEUE {
                return Err(io::Error::other("the accept queue does not fill up"));
            }
        }
        Ok((address.to_string(), Some(ClosedPort { _socket: socket, _queue: queue })))
    }
}
