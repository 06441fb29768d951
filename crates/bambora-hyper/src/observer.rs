//! Who is told how a cancel goes on.

use std::future::Future;
use std::ops::ControlFlow;

use bambora_client::CancelEvent;

/// Observes a cancel: it is awaited before each request, after each response or failure, and before each wait.
///
/// It is the place to store a checkpoint in a database, on [`CancelEvent::Sending`]: nothing of the request has left then. If
/// it breaks, nothing more is sent, and the cancel ends with the outcome that is true at that moment.
///
/// Closures of the form `|event: CancelEvent| async move { … }` are observers.
pub trait Observer: Send + 'static {
    /// Observes `event`.
    fn observe(&mut self, event: CancelEvent) -> impl Future<Output = ControlFlow<()>> + Send;
}

impl<F, R> Observer for F
where
    F: FnMut(CancelEvent) -> R + Send + 'static,
    R: Future<Output = ControlFlow<()>> + Send,
{
    fn observe(&mut self, event: CancelEvent) -> impl Future<Output = ControlFlow<()>> + Send {
        self(event)
    }
}
