//! Connects to the origin.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bambora_client::{BuildError, Failure, NameLookup, Origin, Settings, tls_config};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::tracked_stream::Socket;

/// Connects to one origin.
pub(crate) struct Connector {
    origin: Origin,
    lookup: NameLookup,
    tls: TlsConnector,
    /// The time that a name look-up may take, and then a connection with its TLS handshake.
    connect_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(origin: Origin, settings: &Settings) -> Result<Self, BuildError> {
        Ok(Self {
            lookup: NameLookup::new(&origin),
            origin,
            tls: TlsConnector::from(tls_config(&settings.root_certificates)?),
            connect_timeout: settings.connect_timeout,
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Socket>, Failure> {
        let pending = self.lookup.look_up().map_err(Failure::Lookup)?;
        let addresses = timeout(self.connect_timeout, pending)
            .await
            .map_err(|_| Failure::LookupTimeout)?
            .map_err(Failure::Lookup)?;
        timeout(self.connect_timeout, async {
            let tcp = self.connect_to_any(&addresses).await?;
            tcp.set_nodelay(true).map_err(Failure::Connect)?;
            if !self.origin.is_https() {
                return Ok(Box::new(tcp) as Box<dyn Socket>);
            }
            let tls = self.handshake(tcp).await.map_err(Failure::Tls)?;
            Ok(tls)
        })
        .await
        .map_err(|_| Failure::ConnectTimeout)?
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
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => failure = Failure::Connect(error),
                Err(_) => failure = Failure::ConnectTimeout,
            }
        }
        Err(failure)
    }
}
