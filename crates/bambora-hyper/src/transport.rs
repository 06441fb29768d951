//! One request, one answer, on a connection of hyper's.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{BuildError, ClientSettings, TransportError};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri, Version, header};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::{Instant, timeout_at};

use crate::connection::Connection;
use crate::connector::Connector;
use crate::exchange_span::ExchangeSpan;
use crate::idle::{IdleConnections, Route};
use crate::tls::tls_config;

const USER_AGENT: &str = concat!("bambora-hyper/", env!("CARGO_PKG_VERSION"));

/// Carries requests.
#[derive(Clone)]
pub(crate) struct Transport {
    connector: Connector,
    /// Connections to be used again; `None` where every request has its own.
    idle: Option<Arc<IdleConnections>>,
    user_agent: HeaderValue,
    total_timeout: Duration,
    body_limit: usize,
}

impl Transport {
    pub(crate) fn new(settings: &ClientSettings) -> Result<Self, BuildError> {
        let user_agent = settings.user_agent.as_deref().unwrap_or(USER_AGENT);
        Ok(Self {
            connector: Connector {
                tls: tls_config(&settings.root_certificates)?,
                connect_timeout: settings.connect_timeout,
            },
            idle: settings.reuse_connections.then(Arc::default),
            user_agent: HeaderValue::from_str(user_agent).map_err(|_| BuildError::UserAgent)?,
            total_timeout: settings.total_timeout,
            body_limit: settings.body_limit,
        })
    }

    pub(crate) async fn carry(
        &self,
        operation: &'static str,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let span = ExchangeSpan::begin(operation);
        let result = self.exchange(request).await;
        span.end(&result);
        result
    }

    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let runtime =
            Handle::try_current().map_err(|_| TransportError::not_sent(Failure::NoRuntime))?;
        let (route, request) = self
            .prepare(request, &runtime)
            .map_err(TransportError::not_sent)?;
        let deadline = Instant::now() + self.total_timeout;
        let mut watch = None;
        let exchanged = timeout_at(deadline, async {
            let mut connection = self.connection(&route).await?;
            watch.insert(connection.watch()).begin_exchange(deadline);
            let response = connection.exchange(request, self.body_limit).await?;
            Ok((trusted(response)?, connection))
        });
        let exchanged = exchanged.await.unwrap_or(Err(Failure::TotalTimeout));
        let (response, connection) = exchanged.map_err(|failure| {
            // Whatever broke off when the time was up, this is why.
            let failure = match Instant::now() >= deadline {
                true => Failure::TotalTimeout,
                false => failure,
            };
            match watch {
                Some(watch) if watch.handed_over() => TransportError::unknown(failure),
                _ => TransportError::not_sent(failure),
            }
        })?;
        match &self.idle {
            Some(idle) => idle.keep(route, connection),
            None => close(connection, &runtime),
        }
        Ok(response)
    }

    /// The request as hyper's connections want it: with the path alone, and with what they do not add.
    fn prepare(
        &self,
        request: Request<Vec<u8>>,
        runtime: &Handle,
    ) -> Result<(Route, Request<Full<Bytes>>), Failure> {
        let (mut head, body) = request.into_parts();
        let url = std::mem::take(&mut head.uri).into_parts();
        let (Some(scheme), Some(authority)) = (url.scheme, url.authority) else {
            return Err(Failure::Url);
        };
        let host = host_header(&scheme, &authority)?;
        head.headers.insert(header::HOST, host);
        head.headers
            .entry(header::USER_AGENT)
            .or_insert_with(|| self.user_agent.clone());
        head.uri = url.path_and_query.map_or_else(Uri::default, Uri::from);
        let route = Route {
            scheme,
            authority,
            runtime: runtime.id(),
        };
        let request = Request::from_parts(head, Full::new(Bytes::from(body)));
        Ok((route, request))
    }

    async fn connection(&self, route: &Route) -> Result<Connection, Failure> {
        if let Some(idle) = &self.idle {
            if let Some(connection) = idle.take(route) {
                return Ok(connection);
            }
        }
        let socket = self.connector.connect(route).await?;
        Ok(Connection::over(socket).await?)
    }
}

/// Closing takes the system as long as a small exchange: where another thread can do it, the caller need not wait for it. On a
/// runtime of one thread, that thread may not come back before the next call.
fn close(connection: Connection, runtime: &Handle) {
    if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
        runtime.spawn(async move { drop(connection) });
    }
}

/// The host, and the port unless it is the scheme's own.
fn host_header(scheme: &Scheme, authority: &Authority) -> Result<HeaderValue, Failure> {
    let own_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let text = match authority.port_u16() {
        Some(port) if port == own_port => authority.host(),
        _ => authority.as_str(),
    };
    HeaderValue::from_str(text).map_err(|_| Failure::Url)
}

/// An answer whose head says what HTTP/1.1 allows.
fn trusted(response: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Failure> {
    let framing_is_untrusted = response.version() < Version::HTTP_11
        && response.headers().contains_key(header::TRANSFER_ENCODING);
    match response.status().as_u16() {
        200..=599 if !framing_is_untrusted => Ok(response),
        _ => Err(Failure::Untrusted),
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the request's URL has no scheme or no host")]
    Url,
    #[error("the host is neither a name nor an address")]
    HostName,
    #[error("there is no tokio runtime here: call this inside of one")]
    NoRuntime,
    #[error("the name look-up took longer than the connect timeout")]
    LookupTimeout,
    #[error("the connection took longer than the connect timeout to come about")]
    ConnectTimeout,
    #[error("the exchange took longer than the total timeout")]
    TotalTimeout,
    #[error("the answer's status or framing cannot be trusted")]
    Untrusted,
    #[error("the answer's body broke off")]
    Body(#[source] hyper::Error),
    #[error("the answer's body is longer than the limit")]
    BodyLimit,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}
