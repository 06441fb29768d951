//! The settings of a client.

use std::fmt;
use std::time::Duration;

use bambora_core::posting::PostingPolicy;
use bambora_core::{BaseUrl, CancelPolicy};

use crate::build_error::BuildError;
use crate::client_certificate::ClientCertificate;
use crate::proxy::Proxy;
use crate::root_store::RootStore;

/// The longest timeout: a day. Every clock can count to it.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a [`ClientBuilder`](crate::ClientBuilder) passes to the client it builds.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The time that a name look-up may take, and then a connection with its tunnel and its TLS handshake.
    pub connect_timeout: Duration,
    /// The time that one exchange may take, from its start to the last byte of the body.
    pub total_timeout: Duration,
    /// The maximum length of a response's body, in bytes.
    pub body_limit: usize,
    /// The root certificates to trust.
    pub root_store: RootStore,
    /// Root certificates to trust beside them, in DER.
    pub root_certificates: Vec<Vec<u8>>,
    /// The certificate for servers that ask for one.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy that opens tunnels to the origin.
    pub proxy: Option<Proxy>,
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
            root_store: RootStore::default(),
            root_certificates: Vec::new(),
            client_certificate: None,
            proxy: None,
            reuse_connections: false,
            user_agent: None,
            cancel_policy: CancelPolicy::default(),
            posting_policy: PostingPolicy::default(),
        }
    }

    /// Checks that a client of the API at `base_url` can work with these settings. The builder does it before it passes them on; a
    /// client that may get them from elsewhere does it again.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that is not valid.
    pub fn check(&self, base_url: &BaseUrl) -> Result<(), BuildError> {
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
        } else if is_loopback(base_url) && self.proxy.as_ref().is_some_and(|proxy| !is_loopback(proxy.url())) {
            Err(BuildError::CleartextToProxy)
        } else {
            Ok(())
        }
    }
}

/// Whether it is `http`, and safe only because its host is this machine: otherwise it is `https`, or whoever made it accepted clear
/// text.
fn is_loopback(url: &BaseUrl) -> bool {
    !url.is_https() && BaseUrl::new(&url.to_string()).is_ok()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("body_limit", &self.body_limit)
            .field("root_store", &self.root_store)
            .field("root_certificates", &self.root_certificates.len())
            .field("client_certificate", &self.client_certificate)
            .field("proxy", &self.proxy)
            .field("reuse_connections", &self.reuse_connections)
            .field("user_agent", &self.user_agent)
            .field("cancel_policy", &self.cancel_policy)
            .field("posting_policy", &self.posting_policy)
            .finish()
    }
}
