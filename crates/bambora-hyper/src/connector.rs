//! Connects to the origin.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bambora_client::{BuildError, Failure, NameLookup, Origin, Proxy, ProxyFailure, Settings, Tunnel, tls_config};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::connect::AnyConnect;
use crate::raw_socket::RawSocket;
use crate::tcp::{connect_to_any, look_up};

/// Connects to one origin, through a proxy if there is one.
#[derive(Clone)]
pub(crate) struct Connector {
    origin: Origin,
    proxy: Option<Proxy>,
    dial: Dial,
    tls: TlsConnector,
    /// The time that a name look-up may take, and then a connection with its tunnel and its TLS handshake.
    connect_timeout: Duration,
}

/// How the lowest socket is opened: to the proxy if there is one, else to the origin.
#[derive(Clone)]
enum Dial {
    Tcp(NameLookup),
    Custom(Arc<dyn AnyConnect>),
}

impl Connector {
    pub(crate) fn new(origin: Origin, settings: &Settings) -> Result<Self, BuildError> {
        let proxy = settings.proxy.clone();
        let (host, port) = origin.hop(proxy.as_ref());
        Ok(Self {
            dial: Dial::Tcp(NameLookup::new(host, port)),
            tls: TlsConnector::from(tls_config(settings)?),
            connect_timeout: settings.connect_timeout,
            origin,
            proxy,
        })
    }

    /// Returns a connector to the same origin whose sockets are opened by `connect`.
    pub(crate) fn over(&self, connect: Arc<dyn AnyConnect>) -> Self {
        Self { dial: Dial::Custom(connect), ..self.clone() }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) async fn connect(&self) -> Result<RawSocket, Failure> {
        let proxy = self.proxy.as_ref();
        let addresses = match &self.dial {
            Dial::Tcp(lookup) => {
                look_up(lookup, self.connect_timeout).await.map_err(|failure| failure.at_hop(proxy))?
            }
            Dial::Custom(_) => Vec::new(),
        };
        let mut has_tunnel = false;
        timeout(self.connect_timeout, async {
            let opened = match &self.dial {
                Dial::Tcp(_) => {
                    let connected = connect_to_any(&addresses, self.connect_timeout).await;
                    connected.map(|tcp| Box::new(tcp) as RawSocket)
                }
                Dial::Custom(connect) => self.connect_by(&**connect).await,
            };
            let mut socket = opened.map_err(|failure| failure.at_hop(proxy))?;
            if let Some(proxy) = proxy {
                open_tunnel(&mut socket, Tunnel::new(proxy, &self.origin)).await?;
                has_tunnel = true;
            }
            if !self.origin.is_https() {
                return Ok(socket);
            }
            self.handshake(socket).await.map_err(Failure::Tls)
        })
        .await
        .unwrap_or_else(|_| Err(Failure::ConnectTimeout.at_hop(proxy.filter(|_| !has_tunnel))))
    }

    async fn connect_by(&self, connect: &dyn AnyConnect) -> Result<RawSocket, Failure> {
        let (host, port) = self.origin.hop(self.proxy.as_ref());
        connect.connect(host, port).await.map_err(Failure::Connect)
    }

    async fn handshake(&self, socket: RawSocket) -> io::Result<RawSocket> {
        let name = ServerName::try_from(self.origin.host().to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Box::new(self.tls.connect(name, socket).await?))
    }
}

/// What comes beyond the head of the proxy's response is a failure, so nothing of the origin's is lost.
async fn open_tunnel(socket: &mut RawSocket, mut tunnel: Tunnel) -> Result<(), ProxyFailure> {
    let written = async {
        socket.write_all(tunnel.request()).await?;
        socket.flush().await
    };
    written.await.map_err(ProxyFailure::Broken)?;
    let mut buffer = [0; 1024];
    loop {
        let read = socket.read(&mut buffer).await.map_err(ProxyFailure::Broken)?;
        if tunnel.feed(buffer.get(..read).unwrap_or_default())? {
            return Ok(());
        }
    }
}
