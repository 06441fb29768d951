//! The servers of one case.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::case::{Case, Target};
use crate::server::black_hole::BlackHole;
use crate::server::raw_server::{RawServer, clear_text};
use crate::server::refusing_port::RefusingPort;
use crate::server::script::ServerAction;
#[cfg(feature = "tls")]
use crate::server::tls_server;
use crate::server::wire_log::Seen;

/// Stands in a script for the port of the trap: a server that no transport may connect to.
pub(crate) const TRAP: &str = "{TRAP}";

pub(crate) struct Fixture {
    pub(crate) base_url: String,
    pub(crate) trap: RawServer,
    server: RawServer,
    _port: Option<Box<dyn Any>>,
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
            Target::TlsServer(certificate, early) => tls_server::handshake(certificate, early)?,
            _ => clear_text(),
        };
        let server = RawServer::start(address, script, handshake)?;
        let (authority, port): (_, Option<Box<dyn Any>>) = match case.target {
            Target::RefusingPort => {
                let port = RefusingPort::bind()?;
                (port.address.to_string(), Some(Box::new(port)))
            }
            Target::BlackHole => {
                let port = BlackHole::open()?;
                (port.address.to_string(), Some(Box::new(port)))
            }
            Target::NoSuchHost => ("no-such-host.invalid".to_owned(), None),
            _ => (server.address.to_string(), None),
        };
        let tls = match case.target {
            Target::PlainServerForTlsOnly => false,
            // A client may insist on TLS for hosts other than loopback.
            Target::NoSuchHost => has_tls,
            _ => case.settings.https_only,
        };
        let scheme = if tls { "https" } else { "http" };
        Ok(Self { base_url: format!("{scheme}://{authority}"), trap, server, _port: port })
    }

    /// Stops the servers, and returns what the server and the trap saw.
    pub(crate) fn stop(self) -> (Seen, Seen) {
        (self.server.stop(), self.trap.stop())
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
