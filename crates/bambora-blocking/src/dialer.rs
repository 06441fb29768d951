//! Connects to the origin.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bambora_client::{BuildError, Failure, NameLookup, Origin, Proxy, ProxyFailure, Settings, Tunnel, tls_config};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::socket::{Socket, TcpSocket};

/// Connects to one origin, through a proxy if there is one.
pub(crate) struct Dialer {
    origin: Origin,
    proxy: Option<Proxy>,
    /// Of the host that is connected to: the proxy's, or the origin's.
    lookup: NameLookup,
    tls: Arc<ClientConfig>,
    /// The time that a name look-up may take, and then a connection with its tunnel and its TLS handshake.
    connect_timeout: Duration,
}

impl Dialer {
    pub(crate) fn new(origin: Origin, settings: &Settings) -> Result<Self, BuildError> {
        let proxy = settings.proxy.clone();
        let (host, port) = origin.hop(proxy.as_ref());
        Ok(Self {
            lookup: NameLookup::new(host, port),
            origin,
            proxy,
            tls: tls_config(settings)?,
            connect_timeout: settings.connect_timeout,
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Connects within `time_left`, TLS included.
    pub(crate) fn connect(&self, time_left: Duration) -> Result<Box<dyn Socket>, Failure> {
        let mut tcp = self.connect_to_hop(time_left).map_err(|failure| failure.at_hop(self.proxy.as_ref()))?;
        if let Some(proxy) = &self.proxy {
            open_tunnel(&mut tcp, Tunnel::new(proxy, &self.origin))?;
        }
        if !self.origin.is_https() {
            return Ok(Box::new(tcp));
        }
        let tls = self.handshake(tcp).map_err(|error| failure(error, Failure::Tls))?;
        Ok(Box::new(tls))
    }

    /// Connects to the proxy if there is one, else to the origin. What follows has the rest of the connect timeout.
    fn connect_to_hop(&self, time_left: Duration) -> Result<TcpSocket, Failure> {
        let ends = Instant::now() + time_left;
        let pending = self.lookup.look_up().map_err(Failure::Lookup)?;
        let addresses = pending
            .wait(self.connect_timeout.min(time_left))
            .ok_or(Failure::LookupTimeout)?
            .map_err(Failure::Lookup)?;
        let deadline = ends.min(Instant::now() + self.connect_timeout);
        TcpSocket::connect(&addresses, deadline).map_err(|error| failure(error, Failure::Connect))
    }

    fn handshake(&self, mut tcp: TcpSocket) -> io::Result<StreamOwned<ClientConnection, TcpSocket>> {
        let name = ServerName::try_from(self.origin.host().to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let mut tls = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        Ok(StreamOwned::new(tls, tcp))
    }
}

fn failure(error: io::Error, wrap: fn(io::Error) -> Failure) -> Failure {
    match error.kind() {
        io::ErrorKind::TimedOut => Failure::ConnectTimeout,
        _ => wrap(error),
    }
}

/// What comes beyond the head of the proxy's response is a failure, so nothing of the origin's is lost.
fn open_tunnel(tcp: &mut TcpSocket, mut tunnel: Tunnel) -> Result<(), ProxyFailure> {
    let broken = |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut => ProxyFailure::Timeout,
        _ => ProxyFailure::Broken(error),
    };
    tcp.write_all(tunnel.request()).map_err(broken)?;
    let mut buffer = [0; 1024];
    loop {
        let read = tcp.read(&mut buffer).map_err(broken)?;
        if tunnel.feed(buffer.get(..read).unwrap_or_default())? {
            return Ok(());
        }
    }
}
