//! What the connections of a sandbox share.

use std::collections::{BTreeSet, HashMap};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::{Config, Limits};
use crate::fault::Fault;
use crate::handle::{Reply, State, handle};
use crate::ledger::Ledger;
use crate::logged_request::LoggedRequest;
use crate::request_log::RequestLog;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) limits: Limits,
    pub(crate) started: Instant,
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
    /// The numbers of the requests whose responses wait for their release.
    pub(crate) held: BTreeSet<usize>,
    /// The numbers of the requests whose responses are delayed.
    pub(crate) delayed: BTreeSet<usize>,
    /// Counts the changes that a page shows.
    pub(crate) revision: u64,
    /// The number of pages that are told about changes.
    pub(crate) viewers: usize,
    pub(crate) stopping: bool,
}

impl ServerState {
    /// Forgets payments, faults and requests, and releases every response that is held or delayed.
    pub(crate) fn reset(&mut self) {
        self.api.ledger = Ledger::default();
        self.api.faults.clear();
        self.log.clear();
        self.held.clear();
        self.delayed.clear();
    }
}

impl Shared {
    pub(crate) fn new(config: Config, limits: Limits) -> Self {
        Self { config, limits, started: Instant::now(), server: Mutex::default(), changed: Condvar::new() }
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

    /// Changes what a page shows.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut ServerState) -> T) -> T {
        self.update(|state| {
            state.revision += 1;
            change(state)
        })
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
    ///
    /// Its response may only be sent after [`wait_before_response`](Self::wait_before_response) with the returned number.
    pub(crate) fn handle(&self, mut request: LoggedRequest) -> (usize, Reply) {
        self.change(|state| {
            let reply = handle(&mut request, &self.config, &mut state.api);
            request.handled_at = self.started.elapsed();
            let number = state.log.push(request, &self.limits);
            if reply.fault.is_some_and(|fault| fault.held) {
                state.held.insert(number);
            }
            if reply.fault.is_some_and(|fault| !fault.delay.is_zero()) {
                state.delayed.insert(number);
            }
            (number, reply)
        })
    }

    /// Waits as long as the fault of a request delays its response or holds it. Returns `false` if the sandbox stops.
    pub(crate) fn wait_before_response(&self, number: usize, fault: Fault) -> bool {
        if !fault.delay.is_zero() {
            self.wait_at_most(fault.delay, |state| state.stopping || !state.delayed.contains(&number));
            self.change(|state| state.delayed.remove(&number));
        }
        if fault.held {
            self.wait_until(|state| state.stopping || !state.held.contains(&number));
            self.change(|state| state.held.remove(&number));
        }
        !self.lock().stopping
    }
}

/// The state stays usable after a panic elsewhere: every change to it is made in one go.
fn unpoisoned<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
