//! The server's end of TLS, with certificates generated at run time.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::connection::Socket;
use super::raw_server::Handshake;
use crate::transport::ClientCertificate;

/// A server's certificate: the good one, or what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    Expired,
    NotYetValid,
    SelfSigned,
    UnknownCa,
    WrongHost,
    /// Names the host in the subject's common name only, which clients must ignore.
    CommonNameOnly,
    /// Is for clients, not for servers.
    WrongUsage,
}

/// An authority whose client certificates a server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuthority {
    /// That of the certificate which transports are given.
    TheTransports,
    Another,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// The authority that transports are told to trust, and another one.
static AUTHORITIES: LazyLock<Result<[Authority; 2], rcgen::Error>> =
    LazyLock::new(|| Ok([authority("trusted")?, authority("other")?]));

fn authority(name: &str) -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Authority::self_signed(params, KeyPair::generate()?)
}

fn authorities() -> io::Result<&'static [Authority; 2]> {
    AUTHORITIES.as_ref().map_err(io::Error::other)
}

/// Returns the certificates to trust, in DER.
pub(crate) fn root_certificates() -> io::Result<Vec<Vec<u8>>> {
    let [trusted, _] = authorities()?;
    Ok(vec![trusted.der().to_vec()])
}

/// Returns a handshake with this certificate, which fails unless the client has one of the authority `clients`, if there is one. With
/// TLS 1.3, the bytes in `early` are sent together with the server's part of the handshake, so that they have arrived before the
/// client can send a request.
pub(crate) fn handshake(
    certificate: Certificate,
    clients: Option<ClientAuthority>,
    early: &'static [u8],
) -> io::Result<Box<Handshake>> {
    let config = Arc::new(server_config(certificate, clients)?);
    Ok(Box::new(move |mut socket| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        connection.writer().write_all(early)?;
        connection.complete_io(&mut socket)?;
        // The tickets of TLS 1.3 are sent before the first request is read.
        while connection.wants_write() {
            connection.write_tls(&mut socket)?;
        }
        Ok(Box::new(StreamOwned::new(connection, socket)))
    }))
}

/// Returns the certificate that transports show to servers that ask for one.
pub(crate) fn client_certificate() -> io::Result<ClientCertificate> {
    let [trusted, _] = authorities()?;
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let signed = params.signed_by(&key, trusted).map_err(io::Error::other)?;
    Ok(ClientCertificate { certificate: signed.pem(), key: key.serialize_pem() })
}

fn server_config(certificate: Certificate, clients: Option<ClientAuthority>) -> io::Result<ServerConfig> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let [trusted, other] = authorities()?;
    let params = params(certificate).map_err(io::Error::other)?;
    let signed = match certificate {
        Certificate::SelfSigned => params.self_signed(&key),
        Certificate::UnknownCa => params.signed_by(&key, other),
        _ => params.signed_by(&key, trusted),
    };
    let chain = vec![signed.map_err(io::Error::other)?.der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(clients) => {
            let authority = if clients == ClientAuthority::Another { other } else { trusted };
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).map_err(io::Error::other)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            config.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        }
    };
    let mut config = config
        .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .map_err(io::Error::other)?;
    config.send_half_rtt_data = true;
    Ok(config)
}

fn params(certificate: Certificate) -> Result<CertificateParams, rcgen::Error> {
    let names = match certificate {
        Certificate::WrongHost => vec!["payments.example".to_owned()],
        Certificate::CommonNameOnly => Vec::new(),
        _ => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
    };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "127.0.0.1");
    params.extended_key_usages = vec![match certificate {
        Certificate::WrongUsage => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    match certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2015, 1, 1);
            params.not_after = date_time_ymd(2016, 1, 1);
        }
        Certificate::NotYetValid => {
            params.not_before = date_time_ymd(3000, 1, 1);
            params.not_after = date_time_ymd(3001, 1, 1);
        }
        _ => {}
    }
    Ok(params)
}

impl Socket for StreamOwned<ServerConnection, TcpStream> {
    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}
