//! The client.

use std::fmt;
use std::ops::ControlFlow;

use bambora_client::{
    BuildClient, BuildError, CancelEvent, ClientBuilder, Drivable, Driver, Due, FlowEvent, PostingEvent, Received,
    Settings,
};
use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::Connection;
use bambora_core::posting::{PostingCheckpoint, PostingFlow, PostingKey, PostingOrder, PostingOutcome, PostingPolicy};
use bambora_core::{
    Amount, Api, CancelFlow, CancelPolicy, Checkpoint, Error, Operation, OperationExt as _, Outcome, Payment,
    PaymentReference, QueryPayment, TransportError,
};
use http::{Request, Response};

use crate::stop_token::StopToken;
use crate::transport::Transport;

/// Cancels, captures, refunds and queries payments of one merchant, and blocks until the outcome is there.
///
/// Cloning is cheap: a clone shares everything. See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Client {
    api: Api,
    transport: Transport,
    cancel_policy: CancelPolicy,
    posting_policy: PostingPolicy,
    stop: StopToken,
}

impl Client {
    /// Creates a client with the defaults of [`ClientBuilder`].
    #[must_use]
    pub fn new(api: Api) -> Self {
        #[allow(clippy::expect_used, reason = "only a setting of the caller's can be at fault, and here is none")]
        Self::builder().build(api).expect("the defaults are valid")
    }

    /// Returns a builder of clients with other settings.
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// Returns the API that the client talks to, with the merchant's credentials.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Returns a client whose cancels, captures and refunds end if `stop` is triggered while they wait, with the outcome that is true
    /// at that moment.
    #[must_use]
    pub fn until(&self, stop: &StopToken) -> Self {
        let stop = stop.clone();
        Self { stop, ..self.clone() }
    }

    /// Cancels a payment: goes on until the cancel is resolved, or its budget is used up.
    ///
    /// A lost response is followed by queries and, if they show the payment authorized, by further cancel requests; see
    /// [`CancelFlow`](bambora_core::CancelFlow). To send a single request, [`send`](Client::send) a
    /// [`CancelPayment`](bambora_core::CancelPayment).
    ///
    /// If the process may die meanwhile, store the checkpoint before each request: [`cancel_with`](Client::cancel_with).
    pub fn cancel(&self, reference: &PaymentReference) -> Outcome {
        self.cancel_with(reference, |_| ControlFlow::Continue(()))
    }

    /// Cancels a payment, and calls `observer` before each request, after each response or failure, and before each wait.
    ///
    /// It is the place to store a checkpoint, on [`CancelEvent::Sending`]: nothing of the request has left then. If it breaks,
    /// nothing more is sent, and the cancel ends with the outcome that is true at that moment.
    pub fn cancel_with(
        &self,
        reference: &PaymentReference,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()>,
    ) -> Outcome {
        let policy = self.cancel_policy.clone();
        let driver = Driver::<CancelFlow>::begin(self.api.clone(), reference.clone(), policy);
        self.run(driver, observer)
    }

    /// Resumes a cancel from a checkpoint, with a query first.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume(&self, checkpoint: &Checkpoint) -> Result<Outcome, MerchantMismatch> {
        self.resume_with(checkpoint, |_| ControlFlow::Continue(()))
    }

    /// Resumes a cancel from a checkpoint, and calls `observer` as [`cancel_with`](Client::cancel_with) does.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()>,
    ) -> Result<Outcome, MerchantMismatch> {
        let policy = self.cancel_policy.clone();
        let driver = Driver::<CancelFlow>::resume(self.api.clone(), checkpoint, policy)?;
        Ok(self.run(driver, observer))
    }

    /// Captures `amount`, in minor currency units, exactly once by `key`: goes on until the capture is resolved, or its budget is
    /// used up. See [`PostingFlow`].
    pub fn capture(&self, reference: &PaymentReference, amount: Amount, key: PostingKey) -> PostingOutcome {
        let order = PostingOrder::capture(reference.clone(), amount, key);
        self.post(order)
    }

    /// Refunds `amount`, in minor currency units, exactly once by `key`: goes on until the refund is resolved, or its budget is
    /// used up. See [`PostingFlow`].
    pub fn refund(&self, reference: &PaymentReference, amount: Amount, key: PostingKey) -> PostingOutcome {
        let order = PostingOrder::refund(reference.clone(), amount, key);
        self.post(order)
    }

    /// Captures or refunds: goes on until that is resolved, or its budget is used up. See [`PostingFlow`].
    pub fn post(&self, order: PostingOrder) -> PostingOutcome {
        self.post_with(order, |_| ControlFlow::Continue(()))
    }

    /// Captures or refunds, and calls `observer` as [`cancel_with`](Client::cancel_with) does.
    pub fn post_with(
        &self,
        order: PostingOrder,
        observer: impl FnMut(PostingEvent) -> ControlFlow<()>,
    ) -> PostingOutcome {
        let policy = self.posting_policy.clone();
        let driver = Driver::<PostingFlow>::begin(self.api.clone(), order, policy);
        self.run(driver, observer)
    }

    /// Resumes a capture or refund from a checkpoint. It queries, and posts again only if the policy
    /// [opted for it](PostingPolicy::dangerously_post_again_after).
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_posting(&self, checkpoint: &PostingCheckpoint) -> Result<PostingOutcome, MerchantMismatch> {
        self.resume_posting_with(checkpoint, |_| ControlFlow::Continue(()))
    }

    /// Resumes a capture or refund from a checkpoint, and calls `observer` as [`cancel_with`](Client::cancel_with) does.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_posting_with(
        &self,
        checkpoint: &PostingCheckpoint,
        observer: impl FnMut(PostingEvent) -> ControlFlow<()>,
    ) -> Result<PostingOutcome, MerchantMismatch> {
        let policy = self.posting_policy.clone();
        let driver = Driver::<PostingFlow>::resume(self.api.clone(), checkpoint, policy)?;
        Ok(self.run(driver, observer))
    }

    fn run<F: Drivable>(
        &self,
        mut driver: Driver<F>,
        mut observer: impl FnMut(FlowEvent<F::Kind, F::Checkpoint>) -> ControlFlow<()>,
    ) -> F::Outcome {
        driver.span().in_scope(|| {
            loop {
                match driver.due() {
                    Due::Exchange(exchange, request) => {
                        if observer(driver.sending(exchange)).is_break() {
                            return driver.skip_and_stop();
                        }
                        let result = self.transport.send(exchange.operation_id, request, exchange.connection);
                        if observer(driver.finish(exchange, result)).is_break() {
                            return driver.stop();
                        }
                    }
                    Due::Pause(duration) => {
                        let told = observer(FlowEvent::Waiting(duration));
                        if told.is_break() || self.stop.wait(duration) {
                            return driver.stop();
                        }
                    }
                    Due::Done(outcome) => return outcome,
                }
            }
        })
    }

    /// Queries the state of a payment: one exchange. The state can be stale: a cancel made in the web back office does not show.
    ///
    /// # Errors
    ///
    /// As for [`send`](Client::send).
    pub fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
        self.send(&QueryPayment::new(reference.clone()))
    }

    /// Sends the operation's request once, and parses the response.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that does not confirm the operation. After
    /// [`Delivery::Unknown`](bambora_core::Delivery::Unknown) nobody knows whether the operation took effect.
    pub fn send<O: Operation>(&self, operation: &O) -> Result<Payment, Error> {
        let request = self.api.request(operation);
        let received = self.transport.send(O::NAME, request, Connection::Reused)?;
        Ok(operation.parse(&received.response)?)
    }

    /// Sends any request to the client's origin once, as it is, and returns the response as it came.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no response came that can be trusted to be whole. A request to any other origin than that of the
    /// API's base URL is not sent.
    pub fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let received = self.exchange_on(request, Connection::Reused)?;
        Ok(received.response)
    }

    /// Sends any request once, on a fresh connection if `connection` asks for one, and returns the response with the history of
    /// its connection: for a program that drives a flow by itself.
    ///
    /// # Errors
    ///
    /// As for [`exchange`](Client::exchange).
    pub fn exchange_on(&self, request: Request<Vec<u8>>, connection: Connection) -> Result<Received, TransportError> {
        self.transport.send("exchange", request, connection)
    }
}

impl BuildClient for Client {
    fn build_client(api: Api, settings: Settings) -> Result<Self, BuildError> {
        // A program that wraps this client may have changed them since the builder checked them.
        settings.check(api.base_url())?;
        Ok(Self {
            transport: Transport::new(api.base_url(), &settings)?,
            api,
            cancel_policy: settings.cancel_policy,
            posting_policy: settings.posting_policy,
            stop: StopToken::new(),
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.api)
            .field("cancel_policy", &self.cancel_policy)
            .finish_non_exhaustive()
    }
}
