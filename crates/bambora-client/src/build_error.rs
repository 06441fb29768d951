//! Why a client cannot be built.

/// Why a client cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A timeout is zero.
    #[error("a timeout is zero, so no exchange could succeed: give it more")]
    ZeroTimeout,
    /// The total timeout is longer than a day.
    #[error("the total timeout is longer than a day: shorten it")]
    LongTimeout,
    /// The connect timeout is not shorter than the total timeout.
    #[error(
        "the connect timeout is not shorter than the total timeout: shorten it, or a connection that never \
         comes about cannot be told from a response that never comes"
    )]
    ConnectTimeout,
    /// The body limit is zero.
    #[error("the body limit is 0 bytes, so no response could be read: give at least 1")]
    ZeroBodyLimit,
    /// The `User-Agent` cannot be a header.
    #[error(
        "the user agent is blank or has characters that a header cannot hold: use visible ASCII characters and spaces"
    )]
    UserAgent,
    /// The base URL is `http` for a loopback address, and the proxy is on another machine.
    #[error(
        "the base URL is http, and the proxy is not on a loopback address, so the credentials would cross the network to it in clear \
         text: use https, or leave out the proxy"
    )]
    CleartextToProxy,
    /// A root certificate cannot be used.
    #[error("root certificate {number} cannot be used ({detail}): give an X.509 certificate in DER")]
    #[non_exhaustive]
    RootCertificate {
        /// The number of the certificate, from 1.
        number: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// A certificate in a PEM text cannot be used.
    #[error(
        "certificate {number} of the PEM text cannot be used ({detail}): give X.509 certificates in PEM (BEGIN CERTIFICATE)"
    )]
    #[non_exhaustive]
    PemCertificate {
        /// The number of the certificate in the text, from 1.
        number: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// A PEM text has no certificate in it.
    #[error("the PEM text has no certificate in it: give at least one (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// The system's root certificates cannot be used.
    #[cfg(feature = "system-roots")]
    #[error("the system's root certificates cannot be used ({detail}): install some, or trust others")]
    #[non_exhaustive]
    SystemRoots {
        /// What is wrong with them.
        detail: String,
    },
    /// No root certificate is trusted.
    #[error("no root certificate is trusted, so no TLS connection could succeed: add at least one")]
    NoRoots,
}
