//! TLS by rustls and ring.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore, crypto};

use crate::build_error::BuildError;
use crate::settings::Settings;

/// Returns the TLS configuration of a client with these settings.
///
/// The provider is named: rustls panics in a program that has two of them and names none.
///
/// # Errors
///
/// [`BuildError`] if a root certificate cannot be used, or if there is none.
pub fn tls_config(settings: &Settings) -> Result<Arc<ClientConfig>, BuildError> {
    let provider = Arc::new(crypto::ring::default_provider());
    #[allow(clippy::expect_used, reason = "ring supports the protocol versions that rustls has")]
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(root_certificates(settings)?);
    let mut config = match &settings.client_certificate {
        Some(certificate) => {
            let certified = Arc::clone(certificate.certified_key());
            config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn root_certificates(settings: &Settings) -> Result<RootCertStore, BuildError> {
    let mut roots = settings.root_store.load()?;
    for (index, der) in settings.root_certificates.iter().enumerate() {
        roots
            .add(CertificateDer::from(der.as_slice()))
            .map_err(|error| BuildError::RootCertificate { number: index + 1, detail: error.to_string() })?;
    }
    if roots.is_empty() {
        return Err(BuildError::NoRoots);
    }
    Ok(roots)
}
