//! One request and its response, by ureq: with every default changed that a payment client cannot use.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bambora_client::{
    BuildError, ExchangeSpan, Failure, MAX_HEAD_BYTES, MAX_POOLED, MAX_POOLED_AGE, Origin, Received, Settings,
    check_response_head,
};
use bambora_core::flow::Connection;
use bambora_core::{BaseUrl, TransportError};
use http::{Request, Response, header};
use ureq::config::{AutoHeaderValue, Config};
use ureq::{Agent, Timeout};

use crate::dialer::Dialer;
use crate::lock::lock;
use crate::wire::{Exchange, NoResolver, WireConnector};

const USER_AGENT: &str = concat!("bambora-blocking/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one origin.
#[derive(Clone)]
pub(crate) struct Transport {
    dialer: Arc<Dialer>,
    config: Config,
    /// Lanes to be used again; `None` if every request has its own.
    pool: Option<Arc<Mutex<VecDeque<Lane>>>>,
    body_limit: usize,
}

/// An agent of ureq's that carries one exchange at a time, and keeps at most one connection.
///
/// One agent for all would do with less, but it offers no way to tell whose bytes a connection writes.
struct Lane {
    agent: Agent,
    exchange: Arc<Exchange>,
}

impl Transport {
    pub(crate) fn new(base_url: &BaseUrl, settings: &Settings) -> Result<Self, BuildError> {
        let pooled = usize::from(settings.reuse_connections);
        let config = Agent::config_builder()
            // Every response is a response: a 402 has a body that says why.
            .http_status_as_error(false)
            // A redirect is a response, too; followed, it could turn a POST into a GET, or take the credentials elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment does not decide where credentials go.
            .proxy(None)
            // The request is complete.
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(settings.user_agent.as_deref().unwrap_or(USER_AGENT))
            .max_response_header_size(MAX_HEAD_BYTES)
            .max_idle_connections(pooled)
            .max_idle_connections_per_host(pooled)
            .max_idle_age(MAX_POOLED_AGE)
            .timeout_global(Some(settings.total_timeout))
            .build();
        Ok(Self {
            dialer: Arc::new(Dialer::new(Origin::new(base_url.clone()), settings)?),
            config,
            pool: settings.reuse_connections.then(Arc::default),
            body_limit: settings.body_limit,
        })
    }

    /// Sends `request` once: on a fresh connection if `connection` asks for one, else on any.
    pub(crate) fn send(
        &self,
        operation: &'static str,
        request: Request<Vec<u8>>,
        connection: Connection,
    ) -> Result<Received, TransportError> {
        let span = ExchangeSpan::begin(operation);
        let result = self.exchange(request, connection);
        span.end(&result);
        result
    }

    fn exchange(&self, mut request: Request<Vec<u8>>, connection: Connection) -> Result<Received, TransportError> {
        let checked = self.dialer.origin().check(&request).map_err(Failure::from);
        checked.map_err(TransportError::not_sent)?;
        let host = self.dialer.origin().host_header().clone();
        request.headers_mut().insert(header::HOST, host);
        let lane = self.lane(connection);
        lane.exchange.begin(request.headers_mut());
        let response = self.run(&lane.agent, request).map_err(|failure| match lane.exchange.write_started() {
            true => TransportError::unknown(failure),
            false => TransportError::not_sent(failure),
        })?;
        let history = if lane.exchange.has_connected() { Connection::Fresh } else { Connection::Reused };
        self.keep(lane);
        Ok(Received::new(response, history))
    }

    /// The youngest lane of the pool, or a new one.
    fn lane(&self, connection: Connection) -> Lane {
        let pooled = match (&self.pool, connection) {
            (Some(pool), Connection::Reused) => lock(pool).pop_back(),
            _ => None,
        };
        pooled.unwrap_or_else(|| {
            let exchange = Arc::new(Exchange::default());
            let connector = WireConnector { dialer: Arc::clone(&self.dialer), exchange: Arc::clone(&exchange) };
            Lane { agent: Agent::with_parts(self.config.clone(), connector, NoResolver), exchange }
        })
    }

    fn keep(&self, lane: Lane) {
        let Some(pool) = &self.pool else {
            return;
        };
        let mut pool = lock(pool);
        pool.push_back(lane);
        let oldest = (pool.len() > MAX_POOLED).then(|| pool.pop_front());
        drop(pool);
        // Closing a connection takes time, during which others can use the pool.
        drop(oldest);
    }

    fn run(&self, agent: &Agent, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Failure> {
        let (head, mut body) = agent.run(request).map_err(|e| self.failure(e))?.into_parts();
        check_response_head(head.status, head.version, &head.headers)?;
        let limit = u64::try_from(self.body_limit).unwrap_or(u64::MAX);
        let body = body.with_config().limit(limit).read_to_vec();
        let mut response = Response::new(body.map_err(|error| self.failure(error))?);
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        Ok(response)
    }

    fn failure(&self, error: ureq::Error) -> Failure {
        match error {
            ureq::Error::Timeout(Timeout::Global) => Failure::TotalTimeout,
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Failure::TotalTimeout,
            ureq::Error::BodyExceedsLimit(_) => Failure::body_limit(self.body_limit),
            ureq::Error::Other(error) => match error.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(error) => Failure::Http(error),
            },
            error => Failure::Http(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use bambora_client::ClientBuilder;

    use super::*;
    use crate::given_settings::given;

    /// Of more, the oldest is closed.
    #[test]
    fn so_many_connections_wait_for_their_next_request_and_no_more() {
        let settings = given(ClientBuilder::new().reuse_connections(true));
        let transport = Transport::new(&BaseUrl::beta(), &settings).unwrap();
        let lanes: Vec<Lane> = (0..MAX_POOLED + 2).map(|_| transport.lane(Connection::Fresh)).collect();
        let youngest = Arc::clone(&lanes.last().unwrap().exchange);
        lanes.into_iter().for_each(|lane| transport.keep(lane));
        assert_eq!(lock(transport.pool.as_ref().unwrap()).len(), MAX_POOLED);
        assert!(Arc::ptr_eq(&transport.lane(Connection::Reused).exchange, &youngest));
    }
}
