//! From a request's URL to a socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::idle::Route;
use crate::socket::Socket;
use crate::transport::Failure;

/// Connects to where requests go.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) tls: Arc<ClientConfig>,
    /// How long a name look-up may take, and then how long a connection with its TLS handshake may take.
    pub(crate) connect_timeout: Duration,
}

impl Connector {
    pub(crate) async fn connect(&self, route: &Route) -> Result<Box<dyn Socket>, Failure> {
        let host = route.authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_https = route.scheme == Scheme::HTTPS;
        let own_port = if is_https { 443 } else { 80 };
        let port = route.authority.port_u16().unwrap_or(own_port);
        let addresses = self.look_up(host, port).await?;
        timeout(self.connect_timeout, async {
            let tcp = self.connect_to_any(&addresses).await?;
            tcp.set_nodelay(true)?;
            if !is_https {
                return Ok(Box::new(tcp) as Box<dyn Socket>);
            }
            let name = ServerName::try_from(host.to_owned()).map_err(|_| Failure::HostName)?;
            let connector = TlsConnector::from(Arc::clone(&self.tls));
            Ok(Box::new(connector.connect(name, tcp).await?) as Box<dyn Socket>)
        })
        .await
        .map_err(|_| Failure::ConnectTimeout)?
    }

    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let addresses = timeout(self.connect_timeout, lookup_host((host, port)))
            .await
            .map_err(|_| Failure::LookupTimeout)??;
        Ok(addresses.collect())
    }

    /// Tries the addresses in the resolver's order, and leaves each an equal part of the time that is left: one that swallows
    /// packets does not keep the next from being tried.
    async fn connect_to_any(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
        let deadline = Instant::now() + self.connect_timeout;
        let mut failure = Failure::from(io::Error::from(io::ErrorKind::NotFound));
        for (position, address) in addresses.iter().enumerate() {
            let untried = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
            let now = Instant::now();
            let share = deadline.saturating_duration_since(now) / untried;
            match timeout_at(now + share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => failure = error.into(),
                Err(_) => failure = Failure::ConnectTimeout,
            }
        }
        Err(failure)
    }
}
