//! The lowest socket of a connection.

use std::any::Any;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// The lowest socket of a connection, below a tunnel and TLS: a TCP connection, or whatever a connector of the caller's returns.
pub(crate) type RawSocket = Box<dyn AnySocket>;

pub(crate) trait AnySocket: AsyncRead + AsyncWrite + Send + Unpin {
    /// Returns the TCP connection, if it is one.
    fn tcp(&self) -> Option<&TcpStream>;
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> AnySocket for S {
    fn tcp(&self) -> Option<&TcpStream> {
        (self as &dyn Any).downcast_ref()
    }
}
