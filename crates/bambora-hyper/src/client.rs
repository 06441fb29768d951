//! The client.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::time::Instant;

use bambora_core::{
    Api, BuildClient, BuildError, CancelEvent, CancelFlow, CancelPolicy, Checkpoint, ClientBuilder,
    ClientSettings, Error, Operation, Outcome, Payment, PaymentReference, QueryPayment,
    RequestKind, ResumeError, Step, TransportError,
};
use http::{Request, Response};

use crate::transport::Transport;

/// Cancels and queries payments.
///
/// A clone is cheap and shares everything. See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Client {
    api: Api,
    transport: Transport,
    body_limit: usize,
    cancel_policy: CancelPolicy,
}

impl Client {
    /// A client with the defaults of [`ClientBuilder`].
    #[must_use]
    pub fn new(api: Api) -> Self {
        #[allow(
            clippy::expect_used,
            reason = "only a root certificate of the caller's can be at fault, and here is none"
        )]
        Self::build_client(api, ClientSettings::default()).expect("the defaults are sound")
    }

    /// A client with other settings.
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// Makes one exchange: sends the operation's request once, and reads the answer.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that is not the proof of success. After
    /// [`Delivery::Unknown`](bambora_core::Delivery::Unknown) nobody knows whether the operation took effect.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<Payment, Error> {
        let response = self
            .transport
            .carry(O::NAME, self.api.request(operation))
            .await?;
        Ok(operation.parse_within(&response, self.body_limit)?)
    }

    /// Asks how a payment stands: one exchange. The answer can be stale: a cancel made in the web back office does not show.
    ///
    /// # Errors
    ///
    /// As for [`send`](Client::send).
    pub async fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
        self.send(&QueryPayment::new(reference.clone())).await
    }

    /// Carries any request once, as it is, and gives the answer as it came: the transport alone.
    ///
    /// # Errors
    ///
    /// [`TransportError`] where no answer came that can be trusted to be whole. A request that [`Api::check`] refuses is not
    /// sent: one in clear text, for example, unless the API's base URL is in clear text too.
    pub async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        self.api.check(&request).map_err(TransportError::not_sent)?;
        self.transport.carry("exchange", request).await
    }

    /// Cancels a payment, and does not rest until it knows what became of it or its budget is used up.
    ///
    /// A lost answer is followed by queries and, where they show that nothing happened, by further cancel requests; see
    /// [`CancelFlow`]. For a single request, [`send`](Client::send) a [`CancelPayment`](bambora_core::CancelPayment).
    pub async fn cancel(&self, reference: &PaymentReference) -> Outcome {
        let mut flow = self.cancel_flow(reference.clone());
        self.drive(&mut flow, |_, _| ControlFlow::Continue(()))
            .await
    }

    /// A cancel that the caller owns: to be driven by [`drive`](Client::drive), and to take checkpoints of.
    #[must_use]
    pub fn cancel_flow(&self, reference: PaymentReference) -> CancelFlow {
        CancelFlow::new(
            self.api.clone(),
            reference,
            self.cancel_policy.clone(),
            fresh_seed(),
        )
    }

    /// A cancel that goes on where `checkpoint` was taken.
    ///
    /// # Errors
    ///
    /// [`ResumeError`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_flow(&self, checkpoint: Checkpoint) -> Result<CancelFlow, ResumeError> {
        CancelFlow::resume(
            self.api.clone(),
            checkpoint,
            self.cancel_policy.clone(),
            fresh_seed(),
        )
    }

    /// Carries a cancel through to its outcome.
    ///
    /// `observe` is called before each request, after each answer or failure, and before each wait. It is the place to store
    /// [`CancelFlow::checkpoint`], on [`CancelEvent::Sending`]: nothing has left then. If it breaks, nothing more is sent and
    /// the flow ends with the outcome that is true at that moment.
    ///
    /// The future can be dropped at any moment: the flow is the caller's and knows what was under way. Its
    /// [`checkpoint`](CancelFlow::checkpoint) can be stored, or the flow driven on.
    pub async fn drive(
        &self,
        flow: &mut CancelFlow,
        mut observe: impl FnMut(&CancelFlow, CancelEvent) -> ControlFlow<()>,
    ) -> Outcome {
        loop {
            match flow.step(Instant::now()) {
                Step::Send(kind, request) => {
                    if observe(flow, CancelEvent::Sending(kind)).is_break() {
                        flow.on_withheld();
                        return flow.stop();
                    }
                    let event = self.exchange_for(flow, kind, request).await;
                    if observe(flow, event).is_break() {
                        return flow.stop();
                    }
                }
                Step::Wait(duration) => {
                    if observe(flow, CancelEvent::Waiting(duration)).is_break() {
                        return flow.stop();
                    }
                    tokio::time::sleep(duration).await;
                }
                Step::Done(outcome) => return outcome,
            }
        }
    }

    async fn exchange_for(
        &self,
        flow: &mut CancelFlow,
        kind: RequestKind,
        request: Request<Vec<u8>>,
    ) -> CancelEvent {
        match self.transport.carry(kind.as_str(), request).await {
            Ok(response) => {
                flow.on_response(&response);
                CancelEvent::Answered(response.status())
            }
            Err(error) => {
                flow.on_failure(error.delivery());
                CancelEvent::Failed(error)
            }
        }
    }
}

impl BuildClient for Client {
    fn build_client(api: Api, settings: ClientSettings) -> Result<Self, BuildError> {
        Ok(Self {
            transport: Transport::new(&settings)?,
            api,
            body_limit: settings.body_limit,
            cancel_policy: settings.cancel_policy,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.api)
            .field("body_limit", &self.body_limit)
            .field("cancel_policy", &self.cancel_policy)
            .finish_non_exhaustive()
    }
}

/// A number that differs between flows and between processes: it spreads their waits, and need not be secret.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(())
}
