//! Ends a wait from another thread.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A switch that ends the waits of [`Client::drive_until`](crate::Client::drive_until), from any thread, once and for good. A
/// clone is the same switch.
///
/// It does not end an exchange that is under way: that has its total timeout, and an answer may still come.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    switch: Arc<Switch>,
}

#[derive(Debug, Default)]
struct Switch {
    thrown: Mutex<bool>,
    changed: Condvar,
}

impl Interrupt {
    /// A switch that is not thrown yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the wait under way, and every later one at once.
    pub fn interrupt(&self) {
        *self
            .switch
            .thrown
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.switch.changed.notify_all();
    }

    /// Waits for so long, or until the switch is thrown. Says whether it was.
    pub(crate) fn wait(&self, duration: Duration) -> bool {
        let thrown = self
            .switch
            .thrown
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (thrown, _) = self
            .switch
            .changed
            .wait_timeout_while(thrown, duration, |thrown| !*thrown)
            .unwrap_or_else(PoisonError::into_inner);
        *thrown
    }
}
