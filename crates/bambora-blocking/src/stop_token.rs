//! Ends waits from another thread.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::lock::lock;

/// Ends the waits of a client's cancels from any thread, once and for good: see [`Client::until`](crate::Client::until). A clone
/// is the same token.
///
/// It does not end an exchange that is under way: that has its total timeout, and a response may still come.
#[derive(Clone, Debug, Default)]
pub struct StopToken {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_triggered: Mutex<bool>,
    changed: Condvar,
}

impl StopToken {
    /// Creates a token that is not triggered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the wait under way, and every later one at once.
    pub fn trigger(&self) {
        *lock(&self.shared.is_triggered) = true;
        self.shared.changed.notify_all();
    }

    /// Waits that long, or until the token is triggered. Returns `true` if it was.
    pub(crate) fn wait(&self, duration: Duration) -> bool {
        let (is_triggered, _) = self
            .shared
            .changed
            .wait_timeout_while(lock(&self.shared.is_triggered), duration, |is_triggered| !*is_triggered)
            .unwrap_or_else(PoisonError::into_inner);
        *is_triggered
    }
}
