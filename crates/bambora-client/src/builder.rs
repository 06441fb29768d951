//! The builder of the clients.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bambora_core::posting::PostingPolicy;
use bambora_core::{Api, CancelPolicy};

use crate::settings::{BuildError, Settings};

/// Builds a client, with the same settings for every client of this family.
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
/// | [`posting_policy`](ClientBuilder::posting_policy) | [`PostingPolicy::default`] |
#[must_use]
pub struct ClientBuilder<C> {
    settings: Settings,
    client: PhantomData<fn() -> C>,
}

/// A client that a [`ClientBuilder`] can build.
pub trait BuildClient: Sized {
    /// Builds the client from settings that were checked.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a root certificate cannot be used.
    fn build_client(api: Api, settings: Settings) -> Result<Self, BuildError>;
}

impl<C: BuildClient> ClientBuilder<C> {
    /// Starts from the defaults.
    pub fn new() -> Self {
        Self { settings: Settings::defaults(), client: PhantomData }
    }

    /// Sets the time that a name look-up may take, and then a connection with its TLS handshake. More than zero, and shorter
    /// than the total timeout: else a connection that never comes about could not be told from a response that never comes.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Sets the time that one exchange may take, from its start to the last byte of the body: more than zero, at most a day.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.settings.total_timeout = timeout;
        self
    }

    /// Sets the maximum length of a response's body, in bytes, at least 1. A longer one counts as no response.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Trusts one more root certificate, in DER, beside the web PKI's.
    pub fn add_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.settings.root_certificates.push(der.into());
        self
    }

    /// Lets connections carry more than one request. Faster for bulk work, at a price: a server that closes an idle connection
    /// at the wrong moment leaves a request in doubt, which a fresh connection does not. Up to 64 connections wait for their
    /// next request until the client is dropped; one that waited for more than 15 s is closed instead of used.
    pub fn reuse_connections(mut self, reuse: bool) -> Self {
        self.settings.reuse_connections = reuse;
        self
    }

    /// Sets the `User-Agent` header: visible ASCII characters and spaces.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.settings.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the budgets of cancels.
    pub fn cancel_policy(mut self, policy: CancelPolicy) -> Self {
        self.settings.cancel_policy = policy;
        self
    }

    /// Sets the budgets of captures and refunds.
    pub fn posting_policy(mut self, policy: PostingPolicy) -> Self {
        self.settings.posting_policy = policy;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that is not valid.
    pub fn build(self, api: Api) -> Result<C, BuildError> {
        self.settings.check()?;
        C::build_client(api, self.settings)
    }
}

impl<C: BuildClient> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone(), client: PhantomData }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientBuilder").field(&self.settings).finish()
    }
}
