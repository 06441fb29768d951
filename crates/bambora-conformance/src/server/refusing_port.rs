//! A port that refuses connections. It is bound, so that no other program can listen on it, but does not listen itself.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// Refuses connections until it is dropped.
pub(crate) struct RefusingPort {
    pub(crate) address: SocketAddr,
    pub(crate) socket: Socket,
}

impl RefusingPort {
    pub(crate) fn bind() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        Ok(Self { address: address.ok_or_else(|| io::Error::other("the socket has no address"))?, socket })
    }
}
