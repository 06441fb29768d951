//! What stands between a flow and a transport.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::{Connection, RequestKind, Step};
use bambora_core::{
    Api, CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentReference, TransportError,
};
use http::{Request, Response};

use crate::event::CancelEvent;

/// Drives a [`CancelFlow`] on the system's clock: tells which exchange is due, with its request built, and feeds its result.
///
/// What is left for a client is to send, to wait, and to tell its observer.
#[derive(Clone, Debug)]
pub struct Driver {
    api: Api,
    flow: CancelFlow,
    started: Instant,
}

/// What is due.
#[derive(Debug)]
#[must_use]
#[allow(
    clippy::exhaustive_enums,
    reason = "a client must be able to do everything it is asked"
)]
pub enum Due {
    /// Send this request, and [`finish`](Driver::finish) the exchange.
    Exchange(Exchange, Request<Vec<u8>>),
    /// Wait.
    Pause(Duration),
    /// The cancel has ended.
    Done(Outcome),
}

/// An exchange that is due.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub kind: RequestKind,
    /// [`Connection::Fresh`] if the request has to go out on a connection that carried no other.
    pub connection: Connection,
}

/// A response, and the history of the connection that brought it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Received {
    /// The response.
    pub response: Response<Vec<u8>>,
    /// The connection that brought it.
    pub connection: Connection,
}

impl Received {
    /// A response that came on this connection.
    #[must_use]
    pub fn new(response: Response<Vec<u8>>, connection: Connection) -> Self {
        Self {
            response,
            connection,
        }
    }
}

impl Driver {
    /// Begins a cancel.
    #[must_use]
    pub fn cancel(api: Api, reference: PaymentReference, policy: CancelPolicy) -> Self {
        let flow = CancelFlow::new(api.merchant().clone(), reference, policy, seed());
        Self::new(api, flow)
    }

    /// Goes on with a cancel.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume(
        api: Api,
        checkpoint: &Checkpoint,
        policy: CancelPolicy,
    ) -> Result<Self, MerchantMismatch> {
        checkpoint.check_merchant(api.merchant())?;
        let flow = CancelFlow::resume(checkpoint, policy, seed());
        Ok(Self::new(api, flow))
    }

    fn new(api: Api, flow: CancelFlow) -> Self {
        Self {
            api,
            flow,
            started: Instant::now(),
        }
    }

    /// Returns the flow.
    #[must_use]
    pub fn flow(&self) -> &CancelFlow {
        &self.flow
    }

    /// Returns what is due now.
    pub fn due(&mut self) -> Due {
        match self.flow.step(self.started.elapsed()) {
            Step::Send(kind) => {
                let connection = match self.flow.wants_fresh_connection() {
                    true => Connection::Fresh,
                    false => Connection::Reused,
                };
                let request = kind.request(&self.api, self.flow.reference());
                Due::Exchange(Exchange { kind, connection }, request)
            }
            Step::Wait(duration) => Due::Pause(duration),
            Step::Done(outcome) => Due::Done(outcome),
        }
    }

    /// Returns what to tell an observer before the exchange is made. `None` if none is due.
    #[must_use]
    pub fn sending(&self, exchange: Exchange) -> Option<CancelEvent> {
        Some(CancelEvent::Sending {
            kind: exchange.kind,
            checkpoint: self.flow.checkpoint()?,
        })
    }

    /// Feeds the result of the exchange, and returns what to tell an observer.
    pub fn finish(
        &mut self,
        exchange: Exchange,
        result: Result<Received, TransportError>,
    ) -> CancelEvent {
        match result {
            Ok(received) => {
                let reference = self.flow.reference();
                let judged =
                    exchange
                        .kind
                        .judge(reference, &received.response, received.connection);
                self.flow.apply(judged);
                CancelEvent::Received(received.response.status())
            }
            Err(error) => {
                self.flow.on_failure(&error);
                CancelEvent::Failed(error)
            }
        }
    }

    /// Ends the cancel before the exchange that is due was made.
    pub fn skip_and_stop(&mut self) -> Outcome {
        self.flow.on_skipped();
        self.flow.stop()
    }

    /// Ends the cancel now, with the outcome that is true at this moment. An exchange that is under way may have taken effect.
    pub fn stop(&mut self) -> Outcome {
        self.flow.stop()
    }
}

/// A number that differs between flows and between processes: it spreads their waits, and need not be secret.
fn seed() -> u64 {
    RandomState::new().hash_one(())
}
