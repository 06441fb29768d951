//! One request and its response, on a connection of hyper's.

use std::sync::Arc;
use std::time::Duration;

use bambora_client::{BuildError, ExchangeSpan, Failure, Origin, Received, Settings, check_response_head};
use bambora_core::flow::Connection as History;
use bambora_core::{BaseUrl, TransportError};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::{Instant, timeout_at};

use crate::connect::AnyConnect;
use crate::connection::Connection;
use crate::connector::Connector;
use crate::pool::Pool;

const USER_AGENT: &str = concat!("bambora-hyper/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one origin.
#[derive(Clone)]
pub(crate) struct Transport {
    connector: Arc<Connector>,
    /// Connections to be used again; `None` if every request has its own.
    pool: Option<Arc<Pool>>,
    user_agent: HeaderValue,
    total_timeout: Duration,
    body_limit: usize,
}

impl Transport {
    pub(crate) fn new(base_url: &BaseUrl, settings: &Settings) -> Result<Self, BuildError> {
        let user_agent = settings.user_agent.as_deref().unwrap_or(USER_AGENT);
        Ok(Self {
            connector: Arc::new(Connector::new(Origin::new(base_url.clone()), settings)?),
            pool: settings.reuse_connections.then(Arc::default),
            user_agent: HeaderValue::from_str(user_agent).map_err(|_| BuildError::UserAgent)?,
            total_timeout: settings.total_timeout,
            body_limit: settings.body_limit,
        })
    }

    /// Returns a transport to the same origin whose sockets are opened by `connect`, each for one request.
    pub(crate) fn over(&self, connect: Arc<dyn AnyConnect>) -> Self {
        Self { connector: Arc::new(self.connector.over(connect)), pool: None, ..self.clone() }
    }

    pub(crate) fn total_timeout(&self) -> Duration {
        self.total_timeout
    }

    /// Sends `request` once: on a fresh connection if `history` asks for one, else on any.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        request: Request<Vec<u8>>,
        history: History,
    ) -> Result<Received, TransportError> {
        let span = ExchangeSpan::begin(operation);
        let result = self.exchange(request, history).await;
        span.end(&result);
        result
    }

    async fn exchange(&self, request: Request<Vec<u8>>, history: History) -> Result<Received, TransportError> {
        let origin = self.connector.origin();
        let checked = origin.check(&request).map_err(Failure::from);
        checked.map_err(TransportError::not_sent)?;
        let runtime = Handle::try_current().map_err(|_| TransportError::not_sent(Failure::NoRuntime))?;
        let request = self.prepare(request);
        let deadline = Instant::now() + self.total_timeout;
        let mut writes = None;
        let exchanged = timeout_at(deadline, async {
            let (mut connection, history) = self.connection(&runtime, history).await?;
            writes.insert(connection.writes()).begin_exchange(deadline);
            let response = connection.exchange(request, self.body_limit).await?;
            check_response_head(response.status(), response.version(), response.headers())?;
            Ok((Received::new(response, history), connection))
        });
        let exchanged = exchanged.await.unwrap_or(Err(Failure::TotalTimeout));
        let (received, connection) = exchanged.map_err(|failure| {
            // Whatever broke off when the time was up, this is why.
            let failure = if Instant::now() >= deadline { Failure::TotalTimeout } else { failure };
            match writes {
                Some(writes) if writes.has_started() => TransportError::unknown(failure),
                _ => TransportError::not_sent(failure),
            }
        })?;
        match &self.pool {
            Some(pool) => pool.keep(runtime.id(), connection),
            None => close(connection, &runtime),
        }
        Ok(received)
    }

    /// The request as hyper's connections want it: with the path alone, and with the headers that they do not add.
    fn prepare(&self, request: Request<Vec<u8>>) -> Request<Full<Bytes>> {
        let (mut head, body) = request.into_parts();
        let host = self.connector.origin().host_header().clone();
        head.headers.insert(header::HOST, host);
        head.headers.entry(header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(Uri::default, Uri::from);
        Request::from_parts(head, Full::new(Bytes::from(body)))
    }

    async fn connection(&self, runtime: &Handle, history: History) -> Result<(Connection, History), Failure> {
        if let (Some(pool), History::Reused) = (&self.pool, history) {
            if let Some(connection) = pool.take(runtime.id()) {
                return Ok((connection, History::Reused));
            }
        }
        let socket = self.connector.connect().await?;
        Ok((Connection::over(socket).await?, History::Fresh))
    }
}

/// Closes a connection that is not used again. Closing a socket costs about as much as a small exchange, so it happens on another
/// worker thread if there is one; on a runtime of one thread, it happens here.
fn close(connection: Connection, runtime: &Handle) {
    if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
        runtime.spawn(async move { drop(connection) });
    }
}
