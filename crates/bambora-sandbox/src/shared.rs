//! What the connections of a sandbox share.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::{Config, Limits};
use crate::fault::Fault;
use crate::handle::{Reply, State, handle};
use crate::logged_request::LoggedRequest;
use crate::request_log::RequestLog;

#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    pub(crate) limits: Limits,
    server: Mutex<ServerState>,
    /// Something of the state changed.
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct ServerState {
    pub(crate) api: State,
    pub(crate) log: RequestLog,
    /// The number of connections so far.
    pub(crate) connections: usize,
    pub(crate) open: HashMap<usize, Arc<TcpStream>>,
    /// The number of responses that wait for their release.
    pub(crate) held: usize,
    releases: u64,
    pub(crate) stopping: bool,
}

impl Shared {
    pub(crate) fn new(config: Config, limits: Limits) -> Self {
        Self { config, limits, server: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, ServerState> {
        unpoisoned(self.server.lock())
    }

    /// Changes the state, and wakes everybody who waits for a change.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut ServerState) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `ready` returns `true`.
    pub(crate) fn wait_until(&self, ready: impl Fn(&ServerState) -> bool) {
        self.wait_at_most(Duration::MAX, ready);
    }

    /// Waits until `ready` returns `true`, for at most `timeout`. Returns `true` if it did.
    pub(crate) fn wait_at_most(&self, timeout: Duration, ready: impl Fn(&ServerState) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, |state| !ready(state));
        ready(&unpoisoned(waited).0)
    }

    /// Handles a request and logs it.
    pub(crate) fn handle(&self, mut request: LoggedRequest) -> Reply {
        self.update(|state| {
            let reply = handle(&mut request, &self.config, &mut state.api);
            state.log.push(request, &self.limits);
            reply
        })
    }

    pub(crate) fn release(&self) {
        self.update(|state| state.releases += 1);
    }

    /// Delays a response, and holds it until its release. Returns `false` if the sandbox stops.
    pub(crate) fn hold(&self, fault: Fault) -> bool {
        let releases = self.update(|state| {
            state.held += usize::from(fault.held);
            state.releases
        });
        self.wait_at_most(fault.delay, |state| state.stopping);
        if fault.held {
            self.wait_until(|state| state.stopping || state.releases > releases);
            self.lock().held -= 1;
        }
        !self.lock().stopping
    }
}

/// The state stays usable after a panic elsewhere: every change to it is made in one go.
fn unpoisoned<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
