//! A cancel under way.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bambora_client::{CancelEvent, Driver, Due};
use bambora_core::{Checkpoint, Outcome, PaymentReference};
use tokio::runtime::Handle;

use crate::observer::Observer;
use crate::transport::Transport;
use crate::unresolved::Unresolved;

/// A cancel under way: a future that ends with an [`Outcome`].
///
/// It can be awaited by reference, under a timeout for example, and awaited again afterwards. If it is dropped before its end,
/// its exchange is broken off, and the client keeps its checkpoint: the next cancel of the same payment goes on from it, and
/// [`Client::take_unresolved`](crate::Client::take_unresolved) returns it.
///
/// Nothing is sent before it is polled.
#[must_use = "nothing is sent unless it is awaited"]
pub struct Cancel {
    driver: Shared,
    running: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    unresolved: Arc<Unresolved>,
    /// Whether the caller has the outcome, and with it the checkpoint of an unknown one.
    is_delivered: bool,
}

/// The driver, shared by the future that runs it and the handle that looks at it. Never locked while anything is awaited.
#[derive(Clone)]
struct Shared(Arc<Mutex<Driver>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Driver> {
        // A panic in a step leaves the driver as it was before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cancel {
    pub(crate) fn new(
        driver: Driver,
        transport: Transport,
        unresolved: Arc<Unresolved>,
        observer: Option<impl Observer>,
    ) -> Self {
        let driver = Shared(Arc::new(Mutex::new(driver)));
        Self {
            running: Box::pin(run(driver.clone(), transport, observer)),
            driver,
            unresolved,
            is_delivered: false,
        }
    }

    /// Returns the reference of the payment.
    #[must_use]
    pub fn reference(&self) -> PaymentReference {
        self.driver.lock().flow().reference().clone()
    }

    /// Returns what to store so that the cancel can go on later: `Some` while a request may have reached the server and there is
    /// no final outcome.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.driver.lock().flow().checkpoint()
    }
}

async fn run(driver: Shared, transport: Transport, mut observer: Option<impl Observer>) -> Outcome {
    loop {
        let due = driver.lock().due();
        match due {
            Due::Exchange(exchange, request) => {
                let sending = observer
                    .as_ref()
                    .and_then(|_| driver.lock().sending(exchange));
                if tell(&mut observer, sending).await.is_break() {
                    return driver.lock().skip_and_stop();
                }
                let operation = exchange.kind.as_str();
                let result = transport
                    .send(operation, request, exchange.connection)
                    .await;
                let event = driver.lock().finish(exchange, result);
                if tell(&mut observer, Some(event)).await.is_break() {
                    return driver.lock().stop();
                }
            }
            Due::Pause(duration) => {
                let waiting = Some(CancelEvent::Waiting(duration));
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

async fn tell(observer: &mut Option<impl Observer>, event: Option<CancelEvent>) -> ControlFlow<()> {
    match (observer, event) {
        (Some(observer), Some(event)) => observer.observe(event).await,
        _ => ControlFlow::Continue(()),
    }
}

impl Future for Cancel {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let polled = self.running.as_mut().poll(cx);
        self.is_delivered |= polled.is_ready();
        polled
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        if !self.is_delivered {
            if let Some(checkpoint) = self.checkpoint() {
                self.unresolved.keep(checkpoint);
            }
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&*self.driver.lock()).finish()
    }
}
