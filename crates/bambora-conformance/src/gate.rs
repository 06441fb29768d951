//! A moment that one side brings about and others wait for, in a thread or in a future.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Closed at first, and open for good once it is opened. A clone is the same gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    pub(crate) fn open(&self) {
        let mut state = self.state();
        state.open = true;
        for waker in state.wakers.drain(..) {
            waker.wake();
        }
        self.0.opened.notify_all();
    }

    /// Waits for at most so long. Says whether it is open.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let (state, _) = self
            .0
            .opened
            .wait_timeout_while(self.state(), at_most, |state| !state.open)
            .unwrap_or_else(PoisonError::into_inner);
        state.open
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.open {
            return Poll::Ready(());
        }
        state.wakers.push(cx.waker().clone());
        Poll::Pending
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
