//! A TLS server in front of a sandbox, with certificates of a private authority.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use bambora_core::{Api, BaseUrl};
use bambora_sandbox::Sandbox;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS12;
use rustls::{DEFAULT_VERSIONS, RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

/// What the certificates of servers are for. Nobody can register the second one.
const NAMES: [&str; 2] = ["localhost", "payments.invalid"];

/// A private authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in PEM.
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for clients.
    pub(crate) fn client(&self) -> Certified {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Certified { certificate: params.signed_by(&key, &self.0).unwrap().pem(), key: key.serialize_pem() }
    }
}

/// A TLS server that passes everything on to a sandbox.
pub(crate) struct TlsFront {
    address: SocketAddr,
}

impl TlsFront {
    /// Starts with a certificate of `authority`. If `clients` is another one, only clients with its certificates are accepted.
    pub(crate) fn start(sandbox: &Sandbox, authority: &Authority, clients: Option<&Authority>) -> Self {
        Self::start_to(sandbox.base_url().trim_start_matches("http://"), config(authority, clients, DEFAULT_VERSIONS))
    }

    /// Starts in the same way, with TLS 1.2 alone.
    pub(crate) fn start_with_tls_12(sandbox: &Sandbox, authority: &Authority, clients: Option<&Authority>) -> Self {
        Self::start_to(sandbox.base_url().trim_start_matches("http://"), config(authority, clients, &[&TLS12]))
    }

    /// Starts with the certificate of the authority itself.
    pub(crate) fn start_with_own(sandbox: &Sandbox, authority: &Authority) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(authority.0.key().serialize_der()).into();
        let config = config.with_single_cert(vec![authority.0.der().clone()], key).unwrap();
        Self::start_to(sandbox.base_url().trim_start_matches("http://"), config)
    }

    /// Starts in front of any server of HTTP that responds to one request on a connection.
    pub(crate) fn start_to(target: &str, config: ServerConfig) -> Self {
        let (config, target) = (Arc::new(config), target.to_owned());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (config, target) = (Arc::clone(&config), target.clone());
                // However a connection ends, the test sees it at its own end.
                thread::spawn(move || serve(client?, config, &target));
            }
        });
        Self { address }
    }

    /// The API of the sandbox behind it.
    pub(crate) fn api(&self, sandbox: &Sandbox) -> Api {
        sandbox.api().with_base_url(BaseUrl::new(&self.base_url()).unwrap())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

/// A server with a certificate of `authority`, for those clients.
pub(crate) fn config(
    authority: &Authority,
    clients: Option<&Authority>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(NAMES.map(str::to_owned)).unwrap();
    let certificate = params.signed_by(&key, &authority.0).unwrap().der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions);
    let config = match clients {
        None => config.unwrap().with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.unwrap().with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    config.with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into()).unwrap()
}

/// Passes on one request and its response, as they are small.
fn serve(client: TcpStream, config: Arc<ServerConfig>, target: &str) -> io::Result<()> {
    let mut client = StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, client);
    let mut request = vec![0; 64 * 1024];
    let read = match client.read(&mut request) {
        Ok(read) => read,
        Err(error) => {
            // Bytes that nobody reads would make this end reset the connection, and its last word could get lost.
            client.sock.shutdown(Shutdown::Write)?;
            io::copy(&mut client.sock, &mut io::sink())?;
            return Err(error);
        }
    };
    if read == 0 {
        return Ok(());
    }
    let mut server = TcpStream::connect(target)?;
    server.write_all(&request[..read])?;
    let mut response = vec![0; 64 * 1024];
    let mut length = 0;
    while !is_whole(&response[..length]) {
        match server.read(&mut response[length..])? {
            0 => return Ok(()),
            read => length += read,
        }
    }
    client.write_all(&response[..length])?;
    client.conn.send_close_notify();
    client.flush()
}

fn is_whole(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.parse().unwrap())
}
