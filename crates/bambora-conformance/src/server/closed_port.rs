//! A port on which no connection is established.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// More connections than fit into any queue that was requested with length 0.
const MAX_QUEUE: usize = 32;

/// A port that is bound, so that no other program can listen on it, until it is dropped.
pub(crate) struct ClosedPort {
    pub(crate) address: SocketAddr,
    socket: Socket,
    queue: Vec<TcpStream>,
}

impl ClosedPort {
    /// A port that refuses connections: it does not listen.
    pub(crate) fn refusing() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        let address = address.ok_or_else(|| io::Error::other("the socket has no address"))?;
        Ok(Self { address, socket, queue: Vec::new() })
    }

    /// A port that leaves connection attempts pending: its accept queue is full and is never emptied.
    pub(crate) fn black_hole() -> io::Result<Self> {
        let mut port = Self::refusing()?;
        port.socket.listen(0)?;
        let connect = || TcpStream::connect_timeout(&port.address, Duration::from_millis(150)).ok();
        port.queue = (0..MAX_QUEUE).map_while(|_| connect()).collect();
        if port.queue.len() == MAX_QUEUE {
            return Err(io::Error::other("the accept queue does not fill up"));
        }
        Ok(port)
    }
}
