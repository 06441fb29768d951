//! A one-time event that threads and futures can wait for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Closed at first, and open for good once it has been opened. A clone is the same latch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latch(Arc<Shared>);

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

impl Latch {
    pub(crate) fn open(&self) {
        let mut state = self.state();
        state.open = true;
        state.wakers.drain(..).for_each(Waker::wake);
        self.0.opened.notify_all();
    }

    /// Blocks until the latch opens, up to `timeout`. Returns whether it is open.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let (state, _) = self
            .0
            .opened
            .wait_timeout_while(self.state(), timeout, |state| !state.open)
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
