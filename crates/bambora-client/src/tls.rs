//! TLS by rustls: ring, and the web PKI's root certificates.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, crypto};

use crate::settings::BuildError;

/// Returns the TLS configuration of a client that trusts the web PKI and `root_certificates`, each in DER.
///
/// The provider is named: rustls panics in a program that has two of them and names none.
///
/// # Errors
///
/// [`BuildError::RootCertificate`] if a certificate cannot be used.
pub fn tls_config(root_certificates: &[Vec<u8>]) -> Result<Arc<ClientConfig>, BuildError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for (index, der) in root_certificates.iter().enumerate() {
        roots
            .add(CertificateDer::from(der.as_slice()))
            .map_err(|error| BuildError::RootCertificate { number: index + 1, detail: error.to_string() })?;
    }
    let provider = Arc::new(crypto::ring::default_provider());
    #[allow(clippy::expect_used, reason = "ring supports the protocol versions that rustls has")]
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
