//! A port on this machine that swallows connections: its queue is full, and nobody takes anything from it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// More than any queue holds that was asked to hold nothing.
const MOST: usize = 32;

/// Swallows connections until it is dropped.
pub(crate) struct BlackHole {
    pub(crate) address: SocketAddr,
    _listener: Socket,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    pub(crate) fn open() -> io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let address = listener
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("no address"))?;
        let mut queue = Vec::new();
        while queue.len() < MOST {
            match TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
                Ok(socket) => queue.push(socket),
                Err(_) => {
                    return Ok(Self {
                        address,
                        _listener: listener,
                        _queue: queue,
                    });
                }
            }
        }
        Err(io::Error::other("this system's queues have no end"))
    }
}
