//! What ureq reads from and writes to: our own sockets, with delivery tracked and the credentials added on the way out.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bambora_client::Failure;
use http::{HeaderMap, HeaderValue, Uri, header};
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use crate::dialer::Dialer;
use crate::lock::lock;
use crate::socket::Socket;

/// The exchange that a wire carries, shared with the caller who waits for its result. A wire carries one at a time.
#[derive(Default)]
pub(crate) struct Exchange(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    /// Headers that ureq never sees, because it logs what it sends.
    withheld: Vec<HeaderValue>,
    has_connected: bool,
    write_started: bool,
}

impl Exchange {
    /// Starts again for a request, and takes its credentials out of the headers.
    pub(crate) fn begin(&self, headers: &mut HeaderMap) {
        let mut withheld = Vec::new();
        if let header::Entry::Occupied(entry) = headers.entry(header::AUTHORIZATION) {
            withheld.extend(entry.remove_entry_mult().1);
        }
        *lock(&self.0) = Progress { withheld, ..Progress::default() };
    }

    /// Returns `true` if any byte of the request was written. TLS handshakes do not count: the server cannot see a request in
    /// them.
    pub(crate) fn write_started(&self) -> bool {
        lock(&self.0).write_started
    }

    /// Returns `true` if the connection was made for this exchange.
    pub(crate) fn has_connected(&self) -> bool {
        lock(&self.0).has_connected
    }
}

/// Makes the wires of one agent.
pub(crate) struct WireConnector {
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) exchange: Arc<Exchange>,
}

impl Connector for WireConnector {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Wire>, Error> {
        let socket = self.dialer.connect(*details.timeout.after).map_err(|failure| Error::Other(failure.into()))?;
        lock(&self.exchange.0).has_connected = true;
        let config = details.config;
        Ok(Some(Wire {
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            socket,
            exchange: Arc::clone(&self.exchange),
        }))
    }
}

/// A connection as ureq uses it.
pub(crate) struct Wire {
    buffers: LazyBuffers,
    socket: Box<dyn Socket>,
    exchange: Arc<Exchange>,
}

impl Wire {
    /// Writes the beginning of a request: its first line, the withheld headers, and the rest.
    fn begin_request(&mut self, output: &[u8], withheld: &[HeaderValue]) -> Result<(), Error> {
        if !self.socket.is_quiet() {
            return Err(Error::Other(Failure::EarlyResponse.into()));
        }
        let first_line = output.split_inclusive(|byte| *byte == b'\n').next();
        let (first_line, rest) = output.split_at(first_line.unwrap_or_default().len());
        if !first_line.ends_with(b"\r\n") {
            return Err(io::Error::other("the request's first line is too long").into());
        }
        let mut whole = first_line.to_vec();
        for value in withheld {
            whole.extend_from_slice(b"authorization: ");
            whole.extend_from_slice(value.as_bytes());
            whole.extend_from_slice(b"\r\n");
        }
        whole.extend_from_slice(rest);
        // Before the attempt: a write that fails may still have sent something.
        lock(&self.exchange.0).write_started = true;
        self.socket.write_all(&whole)?;
        Ok(())
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if amount == 0 {
            return Ok(());
        }
        self.socket.set_deadline(deadline(timeout));
        let output = self.buffers.output();
        let output = output.get(..amount).unwrap_or(output).to_vec();
        if !self.exchange.write_started() {
            let withheld = std::mem::take(&mut lock(&self.exchange.0).withheld);
            return self.begin_request(&output, &withheld);
        }
        self.socket.write_all(&output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.socket.set_deadline(deadline(timeout));
        let read = self.socket.read(self.buffers.input_append_buf());
        let read = read.map_err(never_an_end)?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    /// Bytes that came without being asked for would be taken for the next response.
    fn is_open(&mut self) -> bool {
        !self.buffers.can_use_input() && self.socket.is_quiet()
    }

    fn is_tls(&self) -> bool {
        // The dialer decides, by the origin. ureq asks so that `https` never goes out in clear text.
        true
    }
}

fn deadline(timeout: NextTimeout) -> Instant {
    // The total timeout, which is always set, is at most a day.
    Instant::now() + *timeout.after
}

/// ureq takes these kinds for the end of a body without a length, and returns what came so far as a whole.
fn never_an_end(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
            io::Error::other(error)
        }
        _ => error,
    }
}

/// ureq resolves names before it looks into its pool; the [`Dialer`] does it when it connects.
#[derive(Debug)]
pub(crate) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

impl fmt::Debug for WireConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireConnector")
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::time::Duration;

    use bambora_client::{ClientBuilder, Origin};
    use bambora_core::BaseUrl;

    use super::*;
    use crate::given_settings::given;
    use crate::socket::TcpSocket;

    /// ureq logs both, and the exchange has the credentials.
    #[test]
    fn nothing_of_an_exchange_shows() {
        let dialer = Dialer::new(Origin::new(BaseUrl::beta()), &given(ClientBuilder::new())).unwrap();
        let exchange = Arc::new(Exchange::default());
        let connector = WireConnector { dialer: Arc::new(dialer), exchange: Arc::clone(&exchange) };
        assert_eq!(format!("{connector:?}"), "WireConnector");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let patient = Instant::now() + Duration::from_secs(60);
        let socket = TcpSocket::connect(&[listener.local_addr().unwrap()], patient).unwrap();
        let wire = Wire { buffers: LazyBuffers::new(1, 1), socket: Box::new(socket), exchange };
        assert_eq!(format!("{wire:?}"), "Wire");
    }
}
