//! The certificate by which a client authenticates itself to a server.

use std::fmt;
use std::sync::Arc;

use rustls::crypto;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;

use crate::pem_certificates::{certificates_in, without_bom};

/// A certificate with its private key, by which a client authenticates itself to a server that asks for one (mutual TLS).
///
/// Cloning is cheap: a clone is the same certificate. The key does not show in `Debug`.
#[derive(Clone)]
pub struct ClientCertificate(Arc<CertifiedKey>);

impl ClientCertificate {
    /// Reads the certificate, followed by those of its issuers if the server does not have them, and the private key (PKCS #8,
    /// PKCS #1 or SEC 1), in PEM. Both may be in the same text: pass it twice then.
    ///
    /// # Errors
    ///
    /// [`InvalidClientCertificate`] if one of the two is missing or cannot be used, or if they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, InvalidClientCertificate> {
        let chain = certificates_in(certificates).map_err(|_| InvalidClientCertificate::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(without_bom(key)).map_err(|_| match is_encrypted(key) {
            true => InvalidClientCertificate::EncryptedKey,
            false => InvalidClientCertificate::Key,
        })?;
        let certified = CertifiedKey::from_der(chain, key, &crypto::ring::default_provider());
        certified.map(|certified| Self(Arc::new(certified))).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => InvalidClientCertificate::Mismatch,
            rustls::Error::InvalidCertificate(_) => InvalidClientCertificate::Certificate,
            _ => InvalidClientCertificate::UnsupportedKey,
        })
    }

    pub(crate) fn certified_key(&self) -> &Arc<CertifiedKey> {
        &self.0
    }
}

fn is_encrypted(key: &[u8]) -> bool {
    String::from_utf8_lossy(key).contains("ENCRYPTED")
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("certificates", &self.0.cert.len()).finish_non_exhaustive()
    }
}

/// Why a client certificate cannot be used. Never repeats what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidClientCertificate {
    /// There is no certificate, or one that cannot be read.
    #[error(
        "the client certificate cannot be used: give X.509 certificates in PEM, each from a line -----BEGIN CERTIFICATE----- to a line -----END CERTIFICATE-----"
    )]
    Certificate,
    /// There is no private key in the text.
    #[error("there is no private key of the client certificate: give one in PEM (BEGIN PRIVATE KEY)")]
    Key,
    /// The private key is damaged, or of a kind that is not supported.
    #[error(
        "the client certificate's key is damaged, or of a kind that is not supported: give one of ECDSA (P-256 or P-384), Ed25519 or \
         RSA (2,048 to 4,096 bits)"
    )]
    UnsupportedKey,
    /// The private key is encrypted.
    #[error("the client certificate's key is encrypted: give it decrypted, in a file that only its owner can read")]
    EncryptedKey,
    /// The private key is not that of the certificate.
    #[error(
        "the private key does not belong to the client certificate: the certificate comes first, its issuers follow"
    )]
    Mismatch,
}
