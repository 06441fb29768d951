//! Connects to the origin.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bambora_client::{BuildError, Failure, NameLookup, Origin, Proxy, ProxyFailure, Settings, Tunnel, tls_config};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::tracked_stream::Socket;

/// Connects to one origin, through a proxy if there is one.
pub(crate) struct Connector {
    origin: Origin,
    proxy: Option<Proxy>,
    /// Of the host that is connected to: the proxy's, or the origin's.
    lookup: NameLookup,
    tls: TlsConnector,
    /// The time that a name look-up may take, and then a connection with its tunnel and its TLS handshake.
    connect_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(origin: Origin, settings: &Settings) -> Result<Self, BuildError> {
        let proxy = settings.proxy.clone();
        Ok(Self {
            lookup: match &proxy {
                Some(proxy) => NameLookup::new(proxy.host(), proxy.port()),
                None => NameLookup::new(origin.host(), origin.port()),
            },
            origin,
            proxy,
            tls: TlsConnector::from(tls_config(settings)?),
            connect_timeout: settings.connect_timeout,
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Socket>, Failure> {
        let addresses = self.look_up().await.map_err(|failure| self.at_hop(failure))?;
        let mut has_tunnel = self.proxy.is_none();
        timeout(self.connect_timeout, async {
            let mut tcp = self.connect_to_any(&addresses).await.map_err(|failure| self.at_hop(failure))?;
            if let Some(proxy) = &self.proxy {
                open_tunnel(&mut tcp, Tunnel::new(proxy, &self.origin)).await?;
                has_tunnel = true;
            }
            if !self.origin.is_https() {
                return Ok(Box::new(tcp) as Box<dyn Socket>);
            }
            self.handshake(tcp).await.map_err(Failure::Tls)
        })
        .await
        .unwrap_or_else(|_| match has_tunnel {
            true => Err(Failure::ConnectTimeout),
            false => Err(Failure::ConnectTimeout.at_proxy()),
        })
    }

    /// A failure on the way to the host that is connected to.
    fn at_hop(&self, failure: Failure) -> Failure {
        match self.proxy {
            Some(_) => failure.at_proxy(),
            None => failure,
        }
    }

    async fn look_up(&self) -> Result<Vec<SocketAddr>, Failure> {
        let pending = self.lookup.look_up().map_err(Failure::Lookup)?;
        timeout(self.connect_timeout, pending).await.map_err(|_| Failure::LookupTimeout)?.map_err(Failure::Lookup)
    }

    async fn handshake(&self, tcp: TcpStream) -> io::Result<Box<dyn Socket>> {
        let name = ServerName::try_from(self.origin.host().to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Box::new(self.tls.connect(name, tcp).await?))
    }

    /// Tries the addresses in the resolver's order, each for an equal part of the time that is left: one that swallows packets
    /// does not keep the next from being tried.
    async fn connect_to_any(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
        let deadline = Instant::now() + self.connect_timeout;
        let mut failure = Failure::Lookup(io::ErrorKind::NotFound.into());
        for (position, address) in addresses.iter().enumerate() {
            let untried = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
            let now = Instant::now();
            let share = deadline.saturating_duration_since(now) / untried;
            match timeout_at(now + share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    tcp.set_nodelay(true).map_err(Failure::Connect)?;
                    return Ok(tcp);
                }
                Ok(Err(error)) => failure = Failure::Connect(error),
                Err(_) => failure = Failure::ConnectTimeout,
            }
        }
        Err(failure)
    }
}

/// What comes beyond the head of the proxy's response is a failure, so nothing of the origin's is lost.
async fn open_tunnel(tcp: &mut TcpStream, mut tunnel: Tunnel) -> Result<(), ProxyFailure> {
    tcp.write_all(tunnel.request()).await.map_err(ProxyFailure::Broken)?;
    let mut buffer = [0; 1024];
    loop {
        let read = tcp.read(&mut buffer).await.map_err(ProxyFailure::Broken)?;
        if tunnel.feed(buffer.get(..read).unwrap_or_default())? {
            return Ok(());
        }
    }
}
