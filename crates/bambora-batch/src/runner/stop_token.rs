//! Ends a run from outside.

use std::sync::Arc;

use tokio::sync::watch;

/// Ends a [`Runner`](crate::Runner)'s run, from any thread. A clone is the same token.
///
/// After the first trigger, nothing more is sent, and requests under way may finish; a payment that needs more of them to be known
/// stays in doubt. After the second, the run ends at once, and what is under way stays in doubt.
#[derive(Clone, Debug, Default)]
pub struct StopToken(Arc<watch::Sender<Stop>>);

/// How a run is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stop {
    #[default]
    NotYet,
    Gracefully,
    AtOnce,
}

impl StopToken {
    /// A token that is not triggered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to end; the second time, at once.
    pub fn trigger(&self) {
        self.0.send_modify(|stop| {
            *stop = match stop {
                Stop::NotYet => Stop::Gracefully,
                Stop::Gracefully | Stop::AtOnce => Stop::AtOnce,
            };
        });
    }

    /// Returns `true` if the token was triggered.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.borrow() != Stop::NotYet
    }

    pub(super) fn watch(&self) -> watch::Receiver<Stop> {
        let mut stop = self.0.subscribe();
        // It may have been triggered before.
        stop.mark_changed();
        stop
    }
}
