//! The sockets of a connection.

use std::any::Any;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A socket: a TCP connection, whatever a connector of the caller's returns, or TLS over one of these.
pub(crate) type RawSocket = Box<dyn AnySocket>;

pub(crate) trait AnySocket: AsyncRead + AsyncWrite + Send + Unpin {
    /// Returns the TCP connection, if it is one or lies below TLS.
    fn tcp(&self) -> Option<&TcpStream>;
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> AnySocket for S {
    fn tcp(&self) -> Option<&TcpStream> {
        let socket = self as &dyn Any;
        match socket.downcast_ref::<TlsStream<RawSocket>>() {
            Some(tls) => (**tls.get_ref().0).tcp(),
            None => socket.downcast_ref(),
        }
    }
}
