//! What TLS trusts: ring and the web PKI's root certificates.

use std::sync::Arc;

use bambora_core::BuildError;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// What is trusted. The provider is named: where a program has two, rustls would panic over which to take.
pub(crate) fn tls_config(root_certificates: &[Vec<u8>]) -> Result<Arc<ClientConfig>, BuildError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for (index, der) in root_certificates.iter().enumerate() {
        roots
            .add(CertificateDer::from(der.as_slice()))
            .map_err(|error| BuildError::root_certificate(index, &error))?;
    }
    let provider = Arc::new(crypto::ring::default_provider());
    #[allow(
        clippy::expect_used,
        reason = "ring supports the protocol versions that rustls has"
    )]
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
