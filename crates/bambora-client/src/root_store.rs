//! Which root certificates a client trusts.

#[cfg(feature = "system-roots")]
use std::{env, path::PathBuf};

use rustls::RootCertStore;
#[cfg(feature = "system-roots")]
use rustls_native_certs::{Error, ErrorKind};

use crate::build_error::BuildError;

/// The root certificates that a client trusts, beside those that are
/// [added](crate::ClientBuilder::add_root_certificate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RootStore {
    /// Those of the web PKI, by Mozilla's list, as they were when the program was built.
    #[default]
    WebPki,
    /// Those of the operating system, as they are when the client is built. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as
    /// they do for OpenSSL; a file that cannot be opened is an error.
    #[cfg(feature = "system-roots")]
    System,
    /// None: only those that are added.
    Empty,
}

impl RootStore {
    pub(crate) fn load(self) -> Result<RootCertStore, BuildError> {
        match self {
            Self::WebPki => Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
            #[cfg(feature = "system-roots")]
            Self::System => system(),
            Self::Empty => Ok(RootCertStore::empty()),
        }
    }
}

/// A certificate that cannot be read is left out, as systems have some: it costs one authority, and not all of them.
#[cfg(feature = "system-roots")]
fn system() -> Result<RootCertStore, BuildError> {
    let found = rustls_native_certs::load_native_certs();
    // What is in a directory can make up for it, but not for what somebody named.
    if let Some(error) = found.errors.iter().find(|error| is_of_named_file(error)) {
        return Err(BuildError::SystemRoots { detail: error.to_string() });
    }
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let detail = found.errors.first().map_or_else(|| "there is none".to_owned(), ToString::to_string);
        return Err(BuildError::SystemRoots { detail });
    }
    Ok(roots)
}

#[cfg(feature = "system-roots")]
fn is_of_named_file(error: &Error) -> bool {
    let named = env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    matches!(&error.kind, ErrorKind::Io { path, .. } if named.as_ref() == Some(path))
}
