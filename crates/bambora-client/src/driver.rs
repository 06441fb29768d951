//! What stands between a flow and a transport.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::{Connection, ExchangeResult, Step};
use bambora_core::{Api, CancelFlow, TransportError};
use http::{Request, Response};

use crate::drivable::Drivable;
use crate::event::FlowEvent;
use crate::flow_span::FlowSpan;

/// Drives a flow on the system's clock: says which exchange is due, with its request built, and feeds its result.
///
/// What is left for a client is to send, to wait, and to tell its observer.
#[derive(Clone, Debug)]
pub struct Driver<F = CancelFlow> {
    api: Api,
    flow: F,
    started: Instant,
    /// How many exchanges were made.
    attempts: u32,
    span: FlowSpan,
}

/// What is due.
#[derive(Debug)]
#[must_use]
#[allow(
    clippy::exhaustive_enums,
    clippy::large_enum_variant,
    reason = "a client must be able to do everything it is asked, and takes the request out at once"
)]
pub enum Due<F: Drivable = CancelFlow> {
    /// Send this request, and [`finish`](Driver::finish) the exchange.
    Exchange(Exchange<F::Kind>, Request<Vec<u8>>),
    /// Wait.
    Pause(Duration),
    /// The flow has ended.
    Done(F::Outcome),
}

/// An exchange that is due.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange<K> {
    /// The request.
    pub kind: K,
    /// The API's operation id of the request.
    pub operation_id: &'static str,
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
    /// Creates a response that came on this connection.
    #[must_use]
    pub fn new(response: Response<Vec<u8>>, connection: Connection) -> Self {
        Self { response, connection }
    }
}

impl<F: Drivable> Driver<F> {
    /// Starts a new flow.
    #[must_use]
    pub fn begin(api: Api, id: F::Id, policy: F::Policy) -> Self {
        let flow = F::begin(&api, id, policy, seed());
        Self::new(api, flow)
    }

    /// Resumes a flow from a checkpoint.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume(api: Api, checkpoint: &F::Checkpoint, policy: F::Policy) -> Result<Self, MerchantMismatch> {
        let flow = F::go_on(&api, checkpoint, policy, seed())?;
        Ok(Self::new(api, flow))
    }

    fn new(api: Api, flow: F) -> Self {
        let span = FlowSpan::begin(flow.operation(), flow.reference());
        Self { api, flow, started: Instant::now(), attempts: 0, span }
    }

    /// Returns the flow.
    #[must_use]
    pub fn flow(&self) -> &F {
        &self.flow
    }

    /// Returns the flow's span. Whatever is logged inside of it, the spans of exchanges included, belongs to the flow.
    #[must_use]
    pub fn span(&self) -> FlowSpan {
        self.span.clone()
    }

    /// Returns what is due now.
    pub fn due(&mut self) -> Due<F> {
        match self.flow.step(self.started.elapsed()) {
            Step::Send(kind) => {
                let is_fresh = self.flow.wants_fresh_connection();
                let connection = if is_fresh { Connection::Fresh } else { Connection::Reused };
                let exchange = Exchange { kind, operation_id: self.flow.operation_id(kind), connection };
                Due::Exchange(exchange, self.flow.request(kind, &self.api))
            }
            Step::Wait(duration) => Due::Pause(duration),
            Step::Done(outcome) => Due::Done(self.ended(outcome)),
        }
    }

    /// Returns the event for an observer before the exchange is made.
    #[must_use]
    pub fn sending(&self, exchange: Exchange<F::Kind>) -> FlowEvent<F::Kind, F::Checkpoint> {
        let kind = exchange.kind;
        match self.flow.checkpoint() {
            Some(checkpoint) => FlowEvent::Sending { kind, checkpoint },
            None => FlowEvent::Looking { kind },
        }
    }

    /// Feeds the result of the exchange, and returns the event for an observer.
    pub fn finish(
        &mut self,
        exchange: Exchange<F::Kind>,
        result: Result<Received, TransportError>,
    ) -> FlowEvent<F::Kind, F::Checkpoint> {
        self.attempts = self.attempts.saturating_add(1);
        match result {
            Ok(received) => {
                let (response, connection) = (&received.response, received.connection);
                let judged = self.flow.judge(exchange.kind, response, connection);
                self.flow.apply(judged);
                FlowEvent::Received(response.status())
            }
            Err(error) => {
                self.flow.apply(ExchangeResult::failed(&error));
                FlowEvent::Failed(error)
            }
        }
    }

    /// Ends the flow before the exchange that is due was made.
    pub fn skip_and_stop(&mut self) -> F::Outcome {
        self.flow.on_skipped();
        self.stop()
    }

    /// Ends the flow now, with the outcome that is true at this moment. An exchange that is under way may have taken effect.
    pub fn stop(&mut self) -> F::Outcome {
        let outcome = self.flow.stop();
        self.ended(outcome)
    }

    /// Tells the flow's span that nobody will drive the flow to its end.
    pub fn abandon(&self) {
        self.span.abandon(self.attempts, self.flow.checkpoint().is_some());
    }

    fn ended(&self, outcome: F::Outcome) -> F::Outcome {
        self.span.end::<F>(self.attempts, &outcome);
        outcome
    }
}

/// A number that differs between flows and between processes: it spreads their waits, and need not be secret.
fn seed() -> u64 {
    RandomState::new().hash_one(())
}
