//! Connections between two requests, where reuse is asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::uri::{Authority, Scheme};
use tokio::runtime;

use crate::connection::Connection;

/// How many connections are kept.
const MAX_IDLE: usize = 64;
/// How long one is kept.
const MAX_AGE: Duration = Duration::from_secs(15);

/// Where a connection leads, and which runtime it lives in: in another one, nobody would wake it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) runtime: runtime::Id,
}

/// The connections that wait for their next request.
#[derive(Default)]
pub(crate) struct IdleConnections(Mutex<VecDeque<Idle>>);

struct Idle {
    route: Route,
    connection: Connection,
    since: Instant,
}

impl IdleConnections {
    /// The youngest connection for the route that can still carry a request.
    pub(crate) async fn take(&self, route: &Route) -> Option<Connection> {
        while let Some(mut connection) = self.take_youngest(route) {
            if connection.is_reusable().await {
                return Some(connection);
            }
        }
        None
    }

    fn take_youngest(&self, route: &Route) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < MAX_AGE);
        let position = idle.iter().rposition(|idle| idle.route == *route)?;
        idle.remove(position).map(|idle| idle.connection)
    }

    /// Keeps a connection for the route's next request. The oldest goes where there are too many.
    pub(crate) fn keep(&self, route: Route, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MAX_IDLE {
            idle.pop_front();
        }
        idle.push_back(Idle {
            route,
            connection,
            since: Instant::now(),
        });
    }
}
