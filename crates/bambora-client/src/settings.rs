//! The settings of a client.

use std::fmt;
use std::time::Duration;

use bambora_core::CancelPolicy;
use bambora_core::posting::PostingPolicy;

/// The longest timeout: a day. Every clock can count to it.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a [`ClientBuilder`](crate::ClientBuilder) passes to the client it builds.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The time that a name look-up may take, and then a connection with its TLS handshake.
    pub connect_timeout: Duration,
    /// The time that one exchange may take, from its start to the last byte of the body.
    pub total_timeout: Duration,
    /// The maximum length of a response's body, in bytes.
    pub body_limit: usize,
    /// Certificates to trust beside the web PKI's, in DER.
    pub root_certificates: Vec<Vec<u8>>,
    /// `true` if a connection may carry more than one request.
    pub reuse_connections: bool,
    /// The `User-Agent` header; `None` for the client's own.
    pub user_agent: Option<String>,
    /// The budgets of cancels.
    pub cancel_policy: CancelPolicy,
    /// The budgets of captures and refunds.
    pub posting_policy: PostingPolicy,
}

impl Settings {
    pub(crate) fn defaults() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            body_limit: 1024 * 1024,
            root_certificates: Vec::new(),
            reuse_connections: false,
            user_agent: None,
            cancel_policy: CancelPolicy::default(),
            posting_policy: PostingPolicy::default(),
        }
    }

    /// Checks that a client can work with these settings. The builder does it before it passes them on; a client that may get
    /// them from elsewhere does it again.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that is not valid.
    pub fn check(&self) -> Result<(), BuildError> {
        let is_sendable = |user_agent: &String| {
            let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
            !user_agent.trim().is_empty() && user_agent.bytes().all(is_plain)
        };
        if self.connect_timeout.is_zero() || self.total_timeout.is_zero() {
            Err(BuildError::ZeroTimeout)
        } else if self.total_timeout > LONGEST_TIMEOUT {
            Err(BuildError::LongTimeout)
        } else if self.connect_timeout >= self.total_timeout {
            Err(BuildError::ConnectTimeout)
        } else if self.body_limit == 0 {
            Err(BuildError::ZeroBodyLimit)
        } else if !self.user_agent.iter().all(is_sendable) {
            Err(BuildError::UserAgent)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("body_limit", &self.body_limit)
            .field("root_certificates", &self.root_certificates.len())
            .field("reuse_connections", &self.reuse_connections)
            .field("user_agent", &self.user_agent)
            .field("cancel_policy", &self.cancel_policy)
            .field("posting_policy", &self.posting_policy)
            .finish()
    }
}

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
    /// A root certificate cannot be used.
    #[error("root certificate {number} cannot be used ({detail}): give an X.509 certificate in DER")]
    #[non_exhaustive]
    RootCertificate {
        /// The number of the certificate, from 1.
        number: usize,
        /// What is wrong with it.
        detail: String,
    },
}
