//! Connections between two requests, where reuse is asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    pub(crate) fn take(&self, route: &Route) -> Option<Connection> {
        while let Some(mut connection) = self.take_youngest(route) {
            if connection.is_reusable() {
                return Some(connection);
            }
        }
        None
    }

    fn take_youngest(&self, route: &Route) -> Option<Connection> {
        let youngest = {
            let mut idle = self.lock();
            let position = idle.iter().rposition(|idle| idle.route == *route)?;
            idle.remove(position)?
        };
        // Where this one is too old, so are all others.
        (youngest.since.elapsed() < MAX_AGE).then_some(youngest.connection)
    }

    /// Keeps a connection for the route's next request. What is too old goes, and the oldest where there are too many.
    pub(crate) fn keep(&self, route: Route, connection: Connection) {
        let since = Instant::now();
        let mut idle = self.lock();
        idle.push_back(Idle {
            route,
            connection,
            since,
        });
        let is_old = |idle: &Idle| since.saturating_duration_since(idle.since) >= MAX_AGE;
        // They stand in the order in which they came.
        let old = idle.iter().take_while(|idle| is_old(idle)).count();
        let too_many = idle.len().saturating_sub(MAX_IDLE);
        let spent: Vec<Idle> = idle.drain(..old.max(too_many)).collect();
        drop(idle);
        // Closing a connection takes time that nobody else need wait for.
        drop(spent);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
