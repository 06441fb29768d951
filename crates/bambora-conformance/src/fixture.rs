//! The servers of one case.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::case::{Case, Target};
use crate::proxied::{self, Proxied};
use crate::server::nowhere::{ClosedPort, Nowhere};
use crate::server::raw_server::{RawServer, clear_text};
use crate::server::script::{Script, ServerAction};
#[cfg(feature = "tls")]
use crate::server::tls_server;
use crate::server::wire_log::Seen;
use crate::transport::ProxySettings;

/// Stands in a script for the port of the trap: a server that no transport may connect to.
pub(crate) const TRAP: &str = "{TRAP}";

pub(crate) struct Fixture {
    pub(crate) base_url: String,
    pub(crate) trap: RawServer,
    server: RawServer,
    proxy: Option<ProxyFixture>,
    _port: Option<ClosedPort>,
}

/// A case's proxy.
struct ProxyFixture {
    authority: String,
    server: RawServer,
    _port: Option<ClosedPort>,
}

/// What the servers of a case saw.
pub(crate) struct AllSeen {
    pub(crate) server: Seen,
    pub(crate) trap: Seen,
    pub(crate) proxy: Option<Seen>,
}

impl Fixture {
    /// Starts the servers for a transport that has TLS, or has not.
    pub(crate) fn new(case: &Case, has_tls: bool) -> io::Result<Self> {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let serve = vec![vec![ServerAction::Serve]];
        let trap = RawServer::start(loopback, serve, clear_text())?;
        let mut script = case.script.clone();
        for action in script.iter_mut().flatten() {
            set_trap(action, trap.address.port());
        }
        let address = match case.target {
            Target::ServerOnIpv6 => (Ipv6Addr::LOCALHOST, 0).into(),
            Target::ServerOnDefaultPort => unique_default_port(),
            _ => loopback,
        };
        let handshake = match case.target {
            #[cfg(feature = "tls")]
            Target::TlsServer(certificate, early) => tls_server::handshake(certificate, None, early)?,
            #[cfg(feature = "tls")]
            Target::MutualTlsServer(clients) => {
                tls_server::handshake(tls_server::Certificate::Good, Some(clients), b"")?
            }
            _ => clear_text(),
        };
        let server = RawServer::start(address, script, handshake)?;
        let (authority, port) = match case.target {
            Target::Nowhere(nowhere) => nowhere.open()?,
            _ => (server.address.to_string(), None),
        };
        let proxy = case.proxied.as_ref().map(|proxied| ProxyFixture::new(proxied, server.address)).transpose()?;
        let elsewhere = case.proxied.as_ref().and_then(|proxied| proxied.authority);
        let authority = elsewhere.map_or(authority, str::to_owned);
        let tls = match case.target {
            Target::PlainServerForTlsOnly => false,
            // A client may insist on TLS for hosts other than loopback, and if a proxy is at one.
            Target::Nowhere(Nowhere::NoSuchHost) => has_tls,
            _ if case.proxied.as_ref().is_some_and(|proxied| proxied.place == Some(Nowhere::NoSuchHost)) => has_tls,
            _ => case.settings.https_only,
        };
        let scheme = if tls { "https" } else { "http" };
        Ok(Self { base_url: format!("{scheme}://{authority}"), trap, server, proxy, _port: port })
    }

    /// Returns where transports are told that the proxy is, if the case has one.
    pub(crate) fn proxy(&self) -> Option<ProxySettings> {
        self.proxy.as_ref().map(|proxy| proxied::settings(&proxy.authority))
    }

    /// Stops the servers, and returns what they saw.
    pub(crate) fn stop(self) -> AllSeen {
        // The proxy first: it must not connect to a port that the server has given back.
        let proxy = self.proxy.map(|proxy| proxy.server.stop());
        AllSeen { server: self.server.stop(), trap: self.trap.stop(), proxy }
    }
}

impl ProxyFixture {
    fn new(proxied: &Proxied, target: SocketAddr) -> io::Result<Self> {
        let mut script: Script = proxied.script.clone();
        for action in script.iter_mut().flatten() {
            if let ServerAction::Tunnel(port) = action {
                *port = target.port();
            }
        }
        let server = RawServer::start((Ipv4Addr::LOCALHOST, 0).into(), script, clear_text())?;
        let (authority, port) = match proxied.place {
            Some(nowhere) => nowhere.open()?,
            None => (server.address.to_string(), None),
        };
        Ok(Self { authority, server, _port: port })
    }
}

fn set_trap(action: &mut ServerAction, port: u16) {
    if let ServerAction::Write(bytes) = action {
        if let Ok(text) = std::str::from_utf8(bytes) {
            *bytes = text.replace(TRAP, &port.to_string()).into_bytes();
        }
    }
}

/// Port 80 of a loopback address that no other case uses, in this process or in another.
fn unique_default_port() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = process::id().to_be_bytes();
    let last = NEXT.fetch_add(1, Ordering::Relaxed).max(1);
    SocketAddr::from((Ipv4Addr::new(127, high, low, last), 80))
}
