//! A flow under way.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bambora_client::{Drivable, Driver, Due, FlowEvent, FlowSpan};
use bambora_core::CancelFlow;
use bambora_core::posting::PostingFlow;
use tokio::runtime::Handle;

use crate::observer::Observer;
use crate::transport::Transport;
use crate::unresolved::Unresolved;

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
    /// Whether anything was done.
    is_begun: bool,
    /// Whether the caller has the outcome, and with it the checkpoint of an unknown one.
    is_delivered: bool,
}

/// The driver, shared by the future that runs it and the handle that looks at it. Never locked while anything is awaited.
struct Shared<F>(Arc<Mutex<Driver<F>>>);

impl<F> Shared<F> {
    fn lock(&self) -> MutexGuard<'_, Driver<F>> {
        // A panic in a step leaves the driver as it was before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Drivable> Running<F> {
    pub(crate) fn new(
        driver: Driver<F>,
        transport: Transport,
        unresolved: Arc<Unresolved<F>>,
        observer: Option<impl Observer<FlowEvent<F::Kind, F::Checkpoint>>>,
    ) -> Self {
        let span = driver.span();
        let driver = Arc::new(Mutex::new(driver));
        Self {
            future: Box::pin(run(Shared(Arc::clone(&driver)), transport, observer)),
            driver: Shared(driver),
            unresolved,
            span,
            is_begun: false,
            is_delivered: false,
        }
    }

    /// Returns what to store so that the flow can go on later: `Some` while a request may have reached the server and there is no
    /// final outcome.
    #[must_use]
    pub fn checkpoint(&self) -> Option<F::Checkpoint> {
        self.driver.lock().flow().checkpoint()
    }
}

async fn run<F: Drivable>(
    driver: Shared<F>,
    transport: Transport,
    mut observer: Option<impl Observer<FlowEvent<F::Kind, F::Checkpoint>>>,
) -> F::Outcome {
    loop {
        let due = driver.lock().due();
        match due {
            Due::Exchange(exchange, request) => {
                let sending = observer.is_some().then(|| driver.lock().sending(exchange));
                if tell(&mut observer, sending).await.is_break() {
                    return driver.lock().skip_and_stop();
                }
                let connection = exchange.connection;
                let result = transport.send(exchange.operation_id, request, connection).await;
                let event = driver.lock().finish(exchange, result);
                if tell(&mut observer, Some(event)).await.is_break() {
                    return driver.lock().stop();
                }
            }
            Due::Pause(duration) => {
                let waiting = Some(FlowEvent::Waiting(duration));
                // Without a runtime there are neither exchanges nor timers.
                if tell(&mut observer, waiting).await.is_break() || Handle::try_current().is_err() {
                    return driver.lock().stop();
                }
                tokio::time::sleep(duration).await;
            }
            Due::Done(outcome) => return outcome,
        }
    }
}

async fn tell<E>(observer: &mut Option<impl Observer<E>>, event: Option<E>) -> ControlFlow<()> {
    match (observer, event) {
        (Some(observer), Some(event)) => observer.observe(event).await,
        _ => ControlFlow::Continue(()),
    }
}

impl<F: Drivable> Future for Running<F> {
    type Output = F::Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Outcome> {
        self.is_begun = true;
        let span = self.span.clone();
        let polled = span.in_scope(|| self.future.as_mut().poll(cx));
        self.is_delivered |= polled.is_ready();
        polled
    }
}

impl<F: Drivable> Drop for Running<F> {
    fn drop(&mut self) {
        if self.is_delivered {
            return;
        }
        let driver = self.driver.lock();
        if self.is_begun {
            driver.abandon();
        }
        if let Some(checkpoint) = driver.flow().checkpoint() {
            self.unresolved.keep(driver.flow().id().clone(), checkpoint);
        }
    }
}

impl<F: Drivable> fmt::Debug for Running<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&*self.driver.lock()).finish()
    }
}
