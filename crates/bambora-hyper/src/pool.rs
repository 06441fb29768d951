//! Connections between two requests, if reuse is asked for.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use bambora_client::{MAX_POOLED, MAX_POOLED_AGE};
use tokio::runtime;

use crate::connection::Connection;
use crate::lock::lock;

/// The connections that wait for their next request, the oldest first.
#[derive(Default)]
pub(crate) struct Pool(Mutex<VecDeque<Pooled>>);

struct Pooled {
    /// The runtime that it was made in: in another one, nobody would wake it.
    runtime: runtime::Id,
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// Returns the youngest connection of the runtime that can still carry a request.
    pub(crate) fn take(&self, runtime: runtime::Id) -> Option<Connection> {
        while let Some(mut connection) = self.take_youngest(runtime) {
            if connection.is_reusable() {
                return Some(connection);
            }
        }
        None
    }

    fn take_youngest(&self, runtime: runtime::Id) -> Option<Connection> {
        let youngest = {
            let mut pooled = lock(&self.0);
            let position = pooled.iter().rposition(|pooled| pooled.runtime == runtime)?;
            pooled.remove(position)?
        };
        // If this one is too old, so are all others.
        (youngest.since.elapsed() < MAX_POOLED_AGE).then_some(youngest.connection)
    }

    /// Keeps a connection for the next request. Those that are too old are closed, and the oldest if there are too many.
    pub(crate) fn keep(&self, runtime: runtime::Id, connection: Connection) {
        let since = Instant::now();
        let mut pooled = lock(&self.0);
        pooled.push_back(Pooled { runtime, connection, since });
        let is_old = |pooled: &Pooled| since.saturating_duration_since(pooled.since) >= MAX_POOLED_AGE;
        let old = pooled.iter().take_while(|pooled| is_old(pooled)).count();
        let too_many = pooled.len().saturating_sub(MAX_POOLED);
        let spent: Vec<Pooled> = pooled.drain(..old.max(too_many)).collect();
        drop(pooled);
        // Closing a connection takes time, during which others can use the pool.
        drop(spent);
    }
}
