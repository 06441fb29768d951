//! Starts a sandbox with other settings than the defaults.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bambora_core::errors::InvalidCredentials;
use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

use crate::config::{CapturesShape, Choices, Config, Limits, RefundStatus, RepeatedCancel};
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::shared::Shared;

/// Starts a [`Sandbox`] with other settings than the defaults.
#[derive(Clone, Debug)]
pub struct SandboxBuilder {
    listen_on: SocketAddr,
    any_interface: bool,
    credentials: Result<Credentials, InvalidCredentials>,
    choices: Choices,
    limits: Limits,
    page: bool,
}

impl Sandbox {
    /// Starts on a free port of `127.0.0.1`, with the published example credentials.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Returns a builder, to start with other settings than the defaults.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            listen_on: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            any_interface: false,
            credentials: credentials("123456789".into(), "abcdefg".into(), "7AQu7FGB2Kwm".into()),
            choices: Choices::default(),
            limits: Limits::default(),
            page: true,
        }
    }
}

impl SandboxBuilder {
    /// Sets the address to listen on. Port 0 takes a free one. Only loopback addresses are accepted.
    #[must_use]
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.listen_on = address;
        self
    }

    /// Accepts an address that other machines can reach. The sandbox does not use TLS, and anyone who can reach it can use it; its
    /// payments are not real.
    #[must_use]
    pub fn dangerously_reachable_from_other_machines(mut self) -> Self {
        self.any_interface = true;
        self
    }

    /// Sets the credentials that are accepted: merchant number, token and secret.
    #[must_use]
    pub fn accept_credentials(
        mut self,
        number: impl Into<String>,
        token: impl Into<String>,
        secret: impl Into<String>,
    ) -> Self {
        self.credentials = credentials(number.into(), token.into(), secret.into());
        self
    }

    /// Sets the response to a cancel of a payment that is canceled already.
    #[must_use]
    pub fn repeated_cancel(mut self, response: RepeatedCancel) -> Self {
        self.choices.repeated_cancel = response;
        self
    }

    /// Sets the success status of a refund.
    #[must_use]
    pub fn refund_status(mut self, status: RefundStatus) -> Self {
        self.choices.refund_status = status;
        self
    }

    /// Sets the shape of `captures` in payment objects.
    #[must_use]
    pub fn captures_shape(mut self, shape: CapturesShape) -> Self {
        self.choices.captures_shape = shape;
        self
    }

    /// Shows every comment of a capture or a refund as `null`, to test clients against a server that does not return them.
    #[must_use]
    pub fn hide_posting_comments(mut self) -> Self {
        self.choices.hides_posting_comments = true;
        self
    }

    /// Sets how long a connection waits for a whole request: 30 seconds by default.
    ///
    /// The time begins with the connection or with the end of the response before. An idle connection is closed then; a request that
    /// has begun gets a 408.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.request_timeout = timeout;
        self
    }

    /// Sets the largest number of open connections: 512 by default. More wait until another one ends.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.max_connections = connections;
        self
    }

    /// Sets how much of the newest requests is logged: 100,000 requests and 64 MiB by default. See
    /// [`Sandbox::dropped_requests`].
    #[must_use]
    pub fn log_limits(mut self, requests: usize, bytes: usize) -> Self {
        self.limits.logged_requests = requests;
        self.limits.logged_bytes = bytes;
        self
    }

    /// Leaves out the page at `/` and the JSON API below `/_sandbox/`: these paths are unknown paths then, and requests for them
    /// are logged.
    #[must_use]
    pub fn no_page(mut self) -> Self {
        self.page = false;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on or is not a loopback address, or if the credentials are invalid.
    pub fn start(self) -> io::Result<Sandbox> {
        let ip = self.listen_on.ip();
        if !ip.is_loopback() && !self.any_interface {
            return Err(invalid(format!("{ip} is not a loopback address: use 127.0.0.1 or [::1]")));
        }
        let credentials = self.credentials.map_err(invalid)?;
        let config =
            Config { authorization: credentials.authorization().clone(), choices: self.choices, page: self.page };
        let shared = Arc::new(Shared::new(config, self.limits));
        let server = Server::start(self.listen_on, Arc::clone(&shared))?;
        let base_url = format!("http://{}", server.address);
        let base_url = if self.any_interface {
            BaseUrl::dangerously_allow_cleartext_credentials(&base_url)
        } else {
            BaseUrl::new(&base_url)
        };
        let api = Api::new(credentials).with_base_url(base_url.map_err(invalid)?);
        Ok(Sandbox::new(server, shared, api))
    }
}

fn credentials(number: String, token: String, secret: String) -> Result<Credentials, InvalidCredentials> {
    Ok(Credentials::new(MerchantNumber::new(number)?, MerchantToken::new(token)?, MerchantSecret::new(secret)?))
}

fn invalid(error: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error.to_string())
}
