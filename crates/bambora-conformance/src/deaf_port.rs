//! A port that refuses connections: taken, so that nobody else can come to listen there, and not listened on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// Refuses connections until it is dropped.
pub(crate) struct DeafPort {
    pub(crate) address: SocketAddr,
    _socket: Socket,
}

impl DeafPort {
    pub(crate) fn take() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("no address"))?;
        Ok(Self {
            address,
            _socket: socket,
        })
    }
}
