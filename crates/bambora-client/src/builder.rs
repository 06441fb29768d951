//! The builder of the clients.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bambora_core::posting::PostingPolicy;
use bambora_core::{Api, CancelPolicy};

use crate::build_error::BuildError;
use crate::client_certificate::ClientCertificate;
use crate::pem_certificates::root_certificates_in;
use crate::proxy::Proxy;
use crate::root_store::RootStore;
use crate::settings::Settings;

/// Builds a client, with the same settings for every client of this family.
///
/// | setting | default |
/// |---|---|
/// | [`connect_timeout`](ClientBuilder::connect_timeout) | 5 s |
/// | [`total_timeout`](ClientBuilder::total_timeout) | 30 s |
/// | [`body_limit`](ClientBuilder::body_limit) | 1 MiB |
/// | [`root_store`](ClientBuilder::root_store) | [`RootStore::WebPki`] |
/// | [`add_root_certificate`](ClientBuilder::add_root_certificate), [`add_root_certificates_pem`](ClientBuilder::add_root_certificates_pem) | none |
/// | [`client_certificate`](ClientBuilder::client_certificate) | none |
/// | [`proxy`](ClientBuilder::proxy) | none, whatever the environment says |
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
    /// [`BuildError`] if a root certificate cannot be used, or if there is none.
    fn build_client(api: Api, settings: Settings) -> Result<Self, BuildError>;
}

impl<C: BuildClient> ClientBuilder<C> {
    /// Starts from the defaults.
    pub fn new() -> Self {
        Self { settings: Settings::defaults(), client: PhantomData }
    }

    /// Sets the time that a name look-up may take, and then a connection with its tunnel and its TLS handshake. More than zero, and
    /// shorter than the total timeout: else a connection that never comes about could not be told from a response that never comes.
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

    /// Sets the root certificates to trust in addition to those that are added: those of the web PKI, those of the system, or none.
    pub fn root_store(mut self, store: RootStore) -> Self {
        self.settings.root_store = store;
        self
    }

    /// Trusts one more root certificate, in DER, beside those of the [`root_store`](ClientBuilder::root_store).
    pub fn add_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.settings.root_certificates.push(der.into());
        self
    }

    /// Trusts all root certificates in a PEM text, beside those of the [`root_store`](ClientBuilder::root_store).
    ///
    /// ```
    /// # use bambora_client::{BuildError, ClientBuilder, RootStore};
    /// # fn example<C: bambora_client::BuildClient>(pem: &[u8]) -> Result<ClientBuilder<C>, BuildError> {
    /// // A private authority's certificates, and no others:
    /// ClientBuilder::new().root_store(RootStore::Empty).add_root_certificates_pem(pem)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`] if there is no certificate in the text, or one that cannot be used, such as a `TRUSTED CERTIFICATE`.
    pub fn add_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, BuildError> {
        self.settings.root_certificates.extend(root_certificates_in(pem)?);
        Ok(self)
    }

    /// Authenticates the client to servers that ask for a certificate (mutual TLS).
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.settings.client_certificate = Some(certificate);
        self
    }

    /// Reaches the origin through a proxy, which is asked for a tunnel for each connection. There is no way around it: if the proxy
    /// cannot be reached or refuses, the request is not sent.
    ///
    /// For a base URL that is `http`, as only one of a loopback address is, the proxy has to be on a loopback address too: otherwise
    /// [`build`](ClientBuilder::build) fails with [`BuildError::CleartextToProxy`].
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.settings.proxy = Some(proxy);
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
        self.settings.check(api.base_url())?;
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
