//! Connectors of the caller's own.

use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::raw_socket::RawSocket;

/// Opens the sockets that a client's connections run over: see [`Client::over`](crate::Client::over).
///
/// It takes the place of the name look-up and the TCP connection, and of nothing else. A proxy's tunnel, TLS, HTTP and the count of
/// bytes that decides on the delivery stay above it. If it fails, or takes longer than the connect timeout, the request is not sent.
///
/// Closures of the form `|host: &str, port: u16| async move { … }` are connectors.
pub trait Connect: Send + Sync + 'static {
    /// A connection, in clear text. What is written to it counts as sent.
    type Socket: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Connects to `host`, without the brackets of an IPv6 address: the proxy's if there is one, else the origin's.
    fn connect(&self, host: &str, port: u16) -> impl Future<Output = io::Result<Self::Socket>> + Send;
}

impl<F, R, S> Connect for F
where
    F: Fn(&str, u16) -> R + Send + Sync + 'static,
    R: Future<Output = io::Result<S>> + Send,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Socket = S;

    fn connect(&self, host: &str, port: u16) -> impl Future<Output = io::Result<S>> + Send {
        self(host, port)
    }
}

/// Any [`Connect`].
pub(crate) trait AnyConnect: Send + Sync {
    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<RawSocket>> + Send + 'a>>;
}

impl<C: Connect> AnyConnect for C {
    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<RawSocket>> + Send + 'a>> {
        Box::pin(async move { Ok(Box::new(Connect::connect(self, host, port).await?) as RawSocket) })
    }
}
