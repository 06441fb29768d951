//! A connection: bytes out, bytes in, and a deadline.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bambora_conformance::Settings;
use http::Uri;
use http::uri::Scheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};

use crate::mistake::{Mistake, Mistakes};
use crate::tunnel;

/// A connection with the bytes that were read from it but not used yet.
pub(crate) struct Connection {
    stream: Stream,
    pub(crate) unread: Vec<u8>,
    mistakes: Mistakes,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// Opens a connection. If this fails, nothing of a request was sent.
    pub(crate) fn open(uri: &Uri, settings: &Settings, mistakes: Mistakes) -> io::Result<Self> {
        let at_most = match mistakes.has(Mistake::WaitsForConnections) {
            true => settings.total_timeout,
            false => settings.connect_timeout,
        };
        let tls = uri.scheme() == Some(&Scheme::HTTPS);
        let stream = if tls {
            match handshake(connect(uri, settings, at_most, mistakes)?, uri, settings, mistakes) {
                Ok(stream) => Stream::Tls(Box::new(stream)),
                Err(error) if mistakes.has(Mistake::FallsBackToClearText) && !is_timeout(&error) => {
                    Stream::Clear(connect(uri, settings, at_most, mistakes)?)
                }
                Err(error) => return Err(error),
            }
        } else {
            Stream::Clear(connect(uri, settings, at_most, mistakes)?)
        };
        Ok(Self { stream, unread: Vec::new(), mistakes })
    }

    /// Returns a second handle, to abort with.
    pub(crate) fn handle(&self) -> io::Result<TcpStream> {
        self.tcp().try_clone()
    }

    pub(crate) fn write(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.tcp().set_write_timeout(Some(left(deadline)?))?;
        match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Reads more. Returns `false` if the peer has closed the connection.
    pub(crate) fn more(&mut self, deadline: Instant) -> io::Result<bool> {
        let timeout = match self.mistakes.has(Mistake::TimesEachReadAlone) {
            true => Duration::from_millis(900),
            false => left(deadline)?,
        };
        self.tcp().set_read_timeout(Some(timeout))?;
        let mut buffer = [0; 16 * 1024];
        let read = match &mut self.stream {
            Stream::Clear(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => match stream.read(&mut buffer) {
                // Anybody on the way can cause an end that TLS does not announce.
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof
                        && self.mistakes.has(Mistake::TrustsAnEndThatTlsDoesNotAnnounce) =>
                {
                    0
                }
                read => read?,
            },
        };
        self.unread.extend_from_slice(&buffer[..read]);
        Ok(read > 0)
    }

    /// Returns `true` if nothing has arrived, not even the peer's end, so that the connection may carry a request.
    pub(crate) fn is_idle(&mut self) -> bool {
        if self.tcp().set_nonblocking(true).is_err() {
            return false;
        }
        let idle = match &mut self.stream {
            Stream::Clear(stream) => would_block(&stream.peek(&mut [0])),
            Stream::Tls(stream) => loop {
                // What TLS sends for itself does not matter.
                let read = stream.conn.read_tls(&mut stream.sock);
                let state = stream.conn.process_new_packets();
                let no_data = state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0);
                if !no_data || !matches!(read, Ok(1..)) {
                    break no_data && would_block(&read);
                }
            },
        };
        self.tcp().set_nonblocking(false).is_ok() && idle
    }

    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Clear(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
        }
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
        .ok_or_else(|| io::ErrorKind::TimedOut.into())
}

fn would_block(result: &io::Result<usize>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn connect(uri: &Uri, settings: &Settings, at_most: Duration, mistakes: Mistakes) -> io::Result<TcpStream> {
    let Some(proxy) = settings.proxy.as_ref().filter(|_| !mistakes.has(Mistake::IgnoresTheProxy)) else {
        return connect_to(uri, at_most, mistakes);
    };
    let opened = connect_to(&proxy.url.parse().map_err(io::Error::other)?, at_most, mistakes)
        .and_then(|stream| tunnel::open(stream, uri, proxy, at_most, mistakes));
    match opened {
        Err(_) if mistakes.has(Mistake::GoesAroundAProxyThatFails) => connect_to(uri, at_most, mistakes),
        opened => opened,
    }
}

fn connect_to(uri: &Uri, at_most: Duration, mistakes: Mistakes) -> io::Result<TcpStream> {
    let proxy = match mistakes.has(Mistake::UsesTheProxyOfTheEnvironment) {
        true => std::env::var("HTTP_PROXY").ok(),
        false => None,
    };
    let uri = match proxy {
        Some(proxy) => proxy.parse().map_err(io::Error::other)?,
        None => uri.clone(),
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let mut addresses = (host, uri.port_u16().unwrap_or(443)).to_socket_addrs()?;
    let address = addresses.next().ok_or_else(|| io::Error::other("no address"))?;
    let stream = TcpStream::connect_timeout(&address, at_most)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(at_most))?;
    Ok(stream)
}

fn handshake(
    mut tcp: TcpStream,
    uri: &Uri,
    settings: &Settings,
    mistakes: Mistakes,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let config = if mistakes.has(Mistake::TrustsAnyCertificate) {
        config.dangerous().with_custom_certificate_verifier(Arc::new(Gullible))
    } else {
        let mut roots = RootCertStore::empty();
        if !mistakes.has(Mistake::IgnoresRootCertificates) {
            let certificates = settings.root_certificates.iter().cloned();
            roots.add_parsable_certificates(certificates.map(CertificateDer::from));
        }
        config.with_root_certificates(roots)
    };
    let config = match &settings.client_certificate {
        Some(own) if !mistakes.has(Mistake::ShowsNoClientCertificate) => {
            let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes()).map_err(io::Error::other)?;
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).map_err(io::Error::other)?;
            config.with_client_auth_cert(vec![certificate], key).map_err(io::Error::other)?
        }
        _ => config.with_no_client_auth(),
    };
    let host = uri.host().unwrap_or_default().to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut tcp)?;
    }
    Ok(StreamOwned::new(connection, tcp))
}

/// Accepts every certificate.
#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
