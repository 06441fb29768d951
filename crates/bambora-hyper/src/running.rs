//! A flow under way.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bambora_client::{Drivable, Driver, Due, FlowEvent, FlowSpan};
use bambora_core::CancelFlow;
use bambora_core::posting::PostingFlow;
use tokio::runtime::Handle;

use crate::lock::lock;
use crate::observer::Observer;
use crate::transport::Transport;

/// A cancel under way: a future that ends with an [`Outcome`](bambora_core::Outcome).
pub type Cancel = Running<CancelFlow>;
/// A capture or refund under way: a future that ends with a [`PostingOutcome`](bambora_core::posting::PostingOutcome).
pub type Posting = Running<PostingFlow>;

/// A flow under way: a future that ends with the flow's outcome.
///
/// It can be awaited by reference, under a timeout for example, and awaited again afterwards. If it is dropped before its end,
/// its exchange is broken off, and the client keeps its checkpoint: the next call for the same payment goes on from it, and
/// [`Client::take_unresolved`](crate::Client::take_unresolved) returns it.
///
/// Nothing is sent before it is polled.
#[must_use = "nothing is sent unless it is awaited"]
pub struct Running<F: Drivable> {
    driver: Shared<F>,
    future: Pin<Box<dyn Future<Output = F::Outcome> + Send>>,
    unresolved: Arc<Unresolved<F>>,
    span: FlowSpan,
    /// What the client kept of the same question when the flow began. It keeps it until this flow has resolved it: another call
    /// meanwhile must not take the question for a new one.
    kept: Option<F::Checkpoint>,
    /// Whether anything was done.
    is_begun: bool,
    /// Whether the caller has the outcome, and with it the checkpoint of an unknown one.
    is_delivered: bool,
}

/// The driver, shared by the future that runs it and the handle that looks at it. Never locked while anything is awaited.
type Shared<F> = Arc<Mutex<Driver<F>>>;

/// The checkpoints of flows that were dropped before their end, one for each question.
pub(crate) type Unresolved<F> = Mutex<HashMap<<F as Drivable>::Id, <F as Drivable>::Checkpoint>>;

impl<F: Drivable> Running<F> {
    pub(crate) fn new(
        driver: Driver<F>,
        kept: Option<F::Checkpoint>,
        transport: Transport,
        unresolved: Arc<Unresolved<F>>,
        observer: impl Observer<FlowEvent<F::Kind, F::Checkpoint>>,
    ) -> Self {
        let span = driver.span();
        let driver = Arc::new(Mutex::new(driver));
        Self {
            future: Box::pin(run(Arc::clone(&driver), transport, observer)),
            driver,
            unresolved,
            span,
            kept,
            is_begun: false,
            is_delivered: false,
        }
    }

    /// Lets the client forget what it kept, unless it has kept something else since.
    fn forget_kept(&self) {
        let driver = lock(&self.driver);
        let mut unresolved = lock(&self.unresolved);
        if unresolved.get(driver.flow().id()) == self.kept.as_ref() {
            unresolved.remove(driver.flow().id());
        }
    }

    /// Returns what to store so that the flow can go on later: `Some` while a request may have reached the server and there is no
    /// final outcome.
    #[must_use]
    pub fn checkpoint(&self) -> Option<F::Checkpoint> {
        lock(&self.driver).flow().checkpoint()
    }
}

async fn run<F: Drivable>(
    driver: Shared<F>,
    transport: Transport,
    mut observer: impl Observer<FlowEvent<F::Kind, F::Checkpoint>>,
) -> F::Outcome {
    loop {
        let due = lock(&driver).due();
        match due {
            Due::Exchange(exchange, request) => {
                let sending = lock(&driver).sending(exchange);
                if observer.observe(sending).await.is_break() {
                    return lock(&driver).skip_and_stop();
                }
                let connection = exchange.connection;
                let result = transport.send(exchange.operation_id, request, connection).await;
                let event = lock(&driver).finish(exchange, result);
                if observer.observe(event).await.is_break() {
                    return lock(&driver).stop();
                }
            }
            Due::Pause(duration) => {
                // Without a runtime there are neither exchanges nor timers.
                if observer.observe(FlowEvent::Waiting(duration)).await.is_break() || Handle::try_current().is_err() {
                    return lock(&driver).stop();
                }
                tokio::time::sleep(duration).await;
            }
            Due::Done(outcome) => return outcome,
        }
    }
}

impl<F: Drivable> Future for Running<F> {
    type Output = F::Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Outcome> {
        self.is_begun = true;
        let span = self.span.clone();
        let polled = span.in_scope(|| self.future.as_mut().poll(cx));
        if polled.is_ready() {
            self.is_delivered = true;
            self.forget_kept();
        }
        polled
    }
}

impl<F: Drivable> Drop for Running<F> {
    fn drop(&mut self) {
        if self.is_delivered {
            return;
        }
        let driver = lock(&self.driver);
        if self.is_begun {
            driver.abandon();
        }
        if let Some(checkpoint) = driver.flow().checkpoint() {
            lock(&self.unresolved).insert(driver.flow().id().clone(), checkpoint);
        }
    }
}

impl<F: Drivable> fmt::Debug for Running<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&*lock(&self.driver)).finish()
    }
}
