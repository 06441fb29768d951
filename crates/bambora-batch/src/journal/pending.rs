//! One API for async and for blocking programs.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::error::JournalError;

/// A change or a look that was asked of the journal: `.await` it, or call [`wait`](Self::wait).
///
/// It does nothing until then. A change is complete only after it is durable on the disk.
#[must_use = "nothing is asked of the journal until this is awaited or waited for"]
pub struct Pending<T>(Pin<Box<dyn Future<Output = Result<T, JournalError>> + Send>>);

impl<T> Pending<T> {
    pub(super) fn new(future: impl Future<Output = Result<T, JournalError>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }

    /// Blocks the thread until the journal has done it.
    ///
    /// # Errors
    ///
    /// What went wrong; see [`JournalError`].
    pub fn wait(self) -> Result<T, JournalError> {
        // Within a task, tokio's budget would be used up one day, and nothing would end before the task yields.
        let mut future = pin!(tokio::task::unconstrained(self.0));
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(result) => return result,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
