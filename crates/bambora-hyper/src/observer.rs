//! Observers of flows.

use std::future::Future;
use std::ops::ControlFlow;

/// Observes a flow: it is awaited before each request, after each response or failure, and before each wait.
///
/// The events of a cancel are [`CancelEvent`](crate::CancelEvent)s, those of a capture or refund
/// [`PostingEvent`](crate::PostingEvent)s.
///
/// It is the place to store a checkpoint in a database, on [`FlowEvent::Sending`](crate::FlowEvent::Sending): nothing of the
/// request has left then. If it breaks, nothing more is sent, and the flow ends with the outcome that is true at that moment.
///
/// Closures of the form `|event: CancelEvent| async move { … }` are observers.
pub trait Observer<E>: Send + 'static {
    /// Observes `event`.
    fn observe(&mut self, event: E) -> impl Future<Output = ControlFlow<()>> + Send;
}

impl<E, F, R> Observer<E> for F
where
    F: FnMut(E) -> R + Send + 'static,
    R: Future<Output = ControlFlow<()>> + Send,
{
    fn observe(&mut self, event: E) -> impl Future<Output = ControlFlow<()>> + Send {
        self(event)
    }
}
