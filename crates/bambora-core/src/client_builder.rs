//! The settings that every client of this family has, by the same names.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::{Api, CancelPolicy, DEFAULT_BODY_LIMIT};

/// The longest timeout: long enough for anybody, and short enough for every clock to count to.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Builds a client: `bambora_hyper::Client::builder()` and `bambora_blocking::Client::builder()` both give one.
///
/// | setting | default |
/// |---|---|
/// | [`connect_timeout`](ClientBuilder::connect_timeout) | 5 s |
/// | [`total_timeout`](ClientBuilder::total_timeout) | 30 s |
/// | [`body_limit`](ClientBuilder::body_limit) | 1 MiB |
/// | [`add_root_certificate`](ClientBuilder::add_root_certificate) | none beside the web PKI's |
/// | [`reuse_connections`](ClientBuilder::reuse_connections) | no |
/// | [`user_agent`](ClientBuilder::user_agent) | the crate's name and version |
/// | [`cancel_policy`](ClientBuilder::cancel_policy) | [`CancelPolicy::default`] |
#[must_use]
pub struct ClientBuilder<C> {
    settings: ClientSettings,
    client: PhantomData<fn() -> C>,
}

/// What a [`ClientBuilder`] hands to the client. For who writes a client for another HTTP stack.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientSettings {
    /// How long a name look-up may take, and then how long a connection with its TLS handshake may take.
    pub connect_timeout: Duration,
    /// How long one exchange may take, from its start to the last byte of the body.
    pub total_timeout: Duration,
    /// How long an answer's body may be, in bytes.
    pub body_limit: usize,
    /// Certificates to trust beside the web PKI's, in DER.
    pub root_certificates: Vec<Vec<u8>>,
    /// Whether a connection may carry more than one request.
    pub reuse_connections: bool,
    /// The `User-Agent` header; `None` for the client's own.
    pub user_agent: Option<String>,
    /// The budgets of [`CancelFlow`](crate::CancelFlow)s. Its body limit is the client's.
    pub cancel_policy: CancelPolicy,
}

/// A client that a [`ClientBuilder`] can build.
pub trait BuildClient: Sized {
    /// Builds it from settings that are sound.
    ///
    /// # Errors
    ///
    /// [`BuildError`], where a root certificate cannot be used.
    fn build_client(api: Api, settings: ClientSettings) -> Result<Self, BuildError>;
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            body_limit: DEFAULT_BODY_LIMIT,
            root_certificates: Vec::new(),
            reuse_connections: false,
            user_agent: None,
            cancel_policy: CancelPolicy::default(),
        }
    }
}

impl<C: BuildClient> ClientBuilder<C> {
    /// Starts from the defaults.
    pub fn new() -> Self {
        Self {
            settings: ClientSettings::default(),
            client: PhantomData,
        }
    }

    /// How long a name look-up may take, and then how long a connection with its TLS handshake may take. More than nothing,
    /// and shorter than the total timeout: else a connection that never comes about could not be told from an answer that
    /// never comes.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// How long one exchange may take, from its start to the last byte of the body: more than nothing, and a day at most.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.settings.total_timeout = timeout;
        self
    }

    /// How long an answer's body may be, in bytes, at least 1. A longer one counts as no answer.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Trusts one more root certificate, in DER, beside the web PKI's.
    pub fn add_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.settings.root_certificates.push(der.into());
        self
    }

    /// Lets connections carry more than one request. Faster for bulk work, and at a price: a server that closes an idle
    /// connection at the wrong moment leaves a request in doubt, which a fresh connection does not. Up to 64 connections wait
    /// for their next request until the client is dropped; one that waited for more than 15 s is closed instead of used.
    pub fn reuse_connections(mut self, reuse: bool) -> Self {
        self.settings.reuse_connections = reuse;
        self
    }

    /// The `User-Agent` header: visible ASCII characters and blanks.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.settings.user_agent = Some(user_agent.into());
        self
    }

    /// The budgets of cancels.
    pub fn cancel_policy(mut self, policy: CancelPolicy) -> Self {
        self.settings.cancel_policy = policy;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that cannot be.
    pub fn build(self, api: Api) -> Result<C, BuildError> {
        let mut settings = self.settings;
        if settings.connect_timeout.is_zero() || settings.total_timeout.is_zero() {
            return Err(BuildError::ZeroTimeout);
        }
        if settings.total_timeout > LONGEST_TIMEOUT {
            return Err(BuildError::LongTimeout);
        }
        if settings.connect_timeout >= settings.total_timeout {
            return Err(BuildError::ConnectTimeout);
        }
        if settings.body_limit == 0 {
            return Err(BuildError::ZeroBodyLimit);
        }
        if let Some(user_agent) = &settings.user_agent {
            let sound = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
            if user_agent.trim().is_empty() || !user_agent.bytes().all(sound) {
                return Err(BuildError::UserAgent);
            }
        }
        settings.cancel_policy = settings.cancel_policy.with_body_limit(settings.body_limit);
        C::build_client(api, settings)
    }
}

impl<C: BuildClient> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientBuilder")
            .field(&self.settings)
            .finish()
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("body_limit", &self.body_limit)
            .field("root_certificates", &self.root_certificates.len())
            .field("reuse_connections", &self.reuse_connections)
            .field("user_agent", &self.user_agent)
            .field("cancel_policy", &self.cancel_policy)
            .finish()
    }
}

/// Why a client cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A timeout of nothing.
    #[error("a timeout is zero, so that no exchange could ever succeed: give it more")]
    ZeroTimeout,
    /// A total timeout of more than a day.
    #[error("the total timeout is longer than a day: shorten it")]
    LongTimeout,
    /// The connect timeout is not shorter than the total timeout.
    #[error(
        "the connect timeout is not shorter than the total timeout: shorten it, or a connection that never \
         comes about cannot be told from an answer that never comes"
    )]
    ConnectTimeout,
    /// A body limit of nothing.
    #[error("the body limit is 0 bytes, so that no answer could be read: give at least 1")]
    ZeroBodyLimit,
    /// A `User-Agent` that no header can hold.
    #[error(
        "the user agent is blank or has characters that a header cannot hold: use visible ASCII characters and blanks"
    )]
    UserAgent,
    /// A root certificate that cannot be used.
    #[error(
        "root certificate {number} cannot be used ({detail}): give an X.509 certificate in DER"
    )]
    #[non_exhaustive]
    RootCertificate {
        /// Which of the certificates, from 1.
        number: usize,
        /// What is wrong with it.
        detail: String,
    },
}

impl BuildError {
    /// A root certificate that cannot be used: the one at `index`, from 0.
    #[must_use]
    pub fn root_certificate(index: usize, error: &dyn std::error::Error) -> Self {
        Self::RootCertificate {
            number: index + 1,
            detail: error.to_string(),
        }
    }
}
