//! The client.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bambora_client::{
    BuildClient, BuildError, CancelEvent, ClientBuilder, Drivable, Driver, FlowEvent, PostingEvent, Received, Settings,
};
use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::Connection;
use bambora_core::posting::{PostingCheckpoint, PostingFlow, PostingKey, PostingOrder, PostingPolicy};
use bambora_core::{
    Amount, Api, CancelFlow, CancelPolicy, Checkpoint, Error, Operation, OperationExt as _, Payment, PaymentReference,
    QueryPayment, TransportError,
};
use http::{Request, Response};

use crate::connect::Connect;
use crate::lock::lock;
use crate::observer::Observer;
use crate::running::{Cancel, Posting, Running, Unresolved};
use crate::transport::Transport;

/// Cancels, captures, refunds and queries payments of one merchant.
///
/// Cloning is cheap: a clone shares everything. See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Client {
    api: Api,
    transport: Transport,
    cancel_policy: CancelPolicy,
    posting_policy: PostingPolicy,
    unresolved: Arc<Unresolved<CancelFlow>>,
    unresolved_postings: Arc<Unresolved<PostingFlow>>,
}

/// Observes a flow that nobody observes.
fn unobserved<E>(_: E) -> std::future::Ready<ControlFlow<()>> {
    std::future::ready(ControlFlow::Continue(()))
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

    /// Returns how long one request and its response may take; see [`ClientBuilder::total_timeout`].
    #[must_use]
    pub fn total_timeout(&self) -> Duration {
        self.transport.total_timeout()
    }

    /// Returns a client whose connections run over sockets that `connect` opens: Unix sockets, tunnels of other kinds, simulated
    /// networks. Everything else stays as it is, the settings included.
    ///
    /// Each request has a connection of its own, even if [`reuse_connections`](ClientBuilder::reuse_connections) is set: what has
    /// arrived unasked on a socket, which must not be taken for the next response, is known of TCP only.
    ///
    /// ```
    /// # use bambora_sandbox::Sandbox;
    /// use bambora_hyper::Client;
    /// use tokio::net::TcpStream;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start()?;
    /// # sandbox.authorize("ORDER-1001");
    /// # let (api, address) = (sandbox.api(), sandbox.base_url().trim_start_matches("http://").to_owned());
    /// let client = Client::new(api).over(move |_host: &str, _port: u16| {
    ///     // Wherever the API's host is, connect to this one.
    ///     let address = address.clone();
    ///     async move { TcpStream::connect(address).await }
    /// });
    /// client.cancel(&"ORDER-1001".parse()?).await.into_result()?;
    /// # assert!(sandbox.is_canceled("ORDER-1001"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn over(&self, connect: impl Connect) -> Self {
        Self { transport: self.transport.over(Arc::new(connect)), ..self.clone() }
    }

    /// Cancels a payment: goes on until the cancel is resolved, or its budget is used up.
    ///
    /// A lost response is followed by queries and, if they show the payment authorized, by further cancel requests; see
    /// [`CancelFlow`](bambora_core::CancelFlow). To send a single request, [`send`](Client::send) a
    /// [`CancelPayment`](bambora_core::CancelPayment).
    ///
    /// # Timeouts and dropped calls
    ///
    /// If the returned [`Cancel`] is dropped before its end, by a timeout for example, it leaves a request that may have canceled
    /// the payment. The question is not lost: this client, and every clone of it, keeps the checkpoint, and the next cancel of
    /// the same payment starts with a query. Or keep the [`Cancel`] and await it by reference:
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use bambora_hyper::{Client, PaymentReference};
    /// # async fn example(client: Client, reference: PaymentReference) {
    /// let mut cancel = client.cancel(&reference);
    /// match tokio::time::timeout(Duration::from_secs(2), &mut cancel).await {
    ///     Ok(outcome) => println!("{outcome}"),
    ///     Err(_) => println!("not resolved yet; resume from {:?}", cancel.checkpoint()),
    /// }
    /// # }
    /// ```
    ///
    /// To survive a crash as well, store the checkpoint before each request: [`cancel_with`](Client::cancel_with).
    pub fn cancel(&self, reference: &PaymentReference) -> Cancel {
        self.cancel_with(reference, unobserved)
    }

    /// Cancels a payment, and notifies `observer` before each request, after each response or failure, and before each wait.
    ///
    /// ```no_run
    /// # use std::ops::ControlFlow;
    /// # use bambora_hyper::{CancelEvent, Checkpoint, Client, PaymentReference};
    /// # async fn store_in_database(checkpoint: Checkpoint) -> std::io::Result<()> { Ok(()) }
    /// # async fn example(client: Client, reference: PaymentReference) {
    /// let outcome = client
    ///     .cancel_with(&reference, |event| async move {
    ///         match event {
    ///             CancelEvent::Sending { checkpoint, .. } => match store_in_database(checkpoint).await {
    ///                 Ok(()) => ControlFlow::Continue(()),
    ///                 Err(_) => ControlFlow::Break(()), // nothing is sent that was not stored
    ///             },
    ///             _ => ControlFlow::Continue(()),
    ///         }
    ///     })
    ///     .await;
    /// # }
    /// ```
    pub fn cancel_with(&self, reference: &PaymentReference, observer: impl Observer<CancelEvent>) -> Cancel {
        let policy = self.cancel_policy.clone();
        self.begin_or_go_on(reference.clone(), policy, &self.unresolved, observer)
    }

    /// Begins a flow, or goes on with the one about the same question that was dropped before its end.
    fn begin_or_go_on<F: Drivable>(
        &self,
        id: F::Id,
        policy: F::Policy,
        unresolved: &Arc<Unresolved<F>>,
        observer: impl Observer<FlowEvent<F::Kind, F::Checkpoint>>,
    ) -> Running<F> {
        let api = || self.api.clone();
        // What this client kept is of its own merchant, so a checkpoint that was kept is never refused here.
        let kept = lock(unresolved).get(&id).cloned();
        let resumed = kept.as_ref().and_then(|kept| Driver::resume(api(), kept, policy.clone()).ok());
        let driver = resumed.unwrap_or_else(|| Driver::begin(api(), id, policy));
        Running::new(driver, kept, self.transport.clone(), Arc::clone(unresolved), observer)
    }

    /// Resumes a flow from a checkpoint of the caller's.
    fn go_on<F: Drivable>(
        &self,
        checkpoint: &F::Checkpoint,
        policy: F::Policy,
        unresolved: &Arc<Unresolved<F>>,
        observer: impl Observer<FlowEvent<F::Kind, F::Checkpoint>>,
    ) -> Result<Running<F>, MerchantMismatch> {
        let driver = Driver::<F>::resume(self.api.clone(), checkpoint, policy)?;
        let kept = lock(unresolved).get(driver.flow().id()).cloned();
        Ok(Running::new(driver, kept, self.transport.clone(), Arc::clone(unresolved), observer))
    }

    /// Resumes a cancel from a checkpoint, with a query first.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume(&self, checkpoint: &Checkpoint) -> Result<Cancel, MerchantMismatch> {
        self.resume_with(checkpoint, unobserved)
    }

    /// Resumes a cancel from a checkpoint, and notifies `observer` as [`cancel_with`](Client::cancel_with) does.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        observer: impl Observer<CancelEvent>,
    ) -> Result<Cancel, MerchantMismatch> {
        self.go_on(checkpoint, self.cancel_policy.clone(), &self.unresolved, observer)
    }

    /// Takes the checkpoints of the cancels that were dropped before their end and not resolved since.
    ///
    /// Store or [`resume`](Client::resume) them: after this call, the client does not know of them any more. A client keeps one
    /// checkpoint for each payment, without a bound: a service whose calls are often dropped should take them now and then.
    #[must_use]
    pub fn take_unresolved(&self) -> Vec<Checkpoint> {
        lock(&self.unresolved).drain().map(|(_, checkpoint)| checkpoint).collect()
    }

    /// Captures `amount`, in minor currency units, exactly once by `key`: goes on until the capture is resolved, or its budget is
    /// used up. See [`PostingFlow`].
    ///
    /// What holds for a dropped [`cancel`](Client::cancel) holds here, too.
    pub fn capture(&self, reference: &PaymentReference, amount: Amount, key: PostingKey) -> Posting {
        let order = PostingOrder::capture(reference.clone(), amount, key);
        self.post(order)
    }

    /// Refunds `amount`, in minor currency units, exactly once by `key`: goes on until the refund is resolved, or its budget is
    /// used up. See [`PostingFlow`].
    ///
    /// What holds for a dropped [`cancel`](Client::cancel) holds here, too.
    pub fn refund(&self, reference: &PaymentReference, amount: Amount, key: PostingKey) -> Posting {
        let order = PostingOrder::refund(reference.clone(), amount, key);
        self.post(order)
    }

    /// Captures or refunds: goes on until that is resolved, or its budget is used up. See [`PostingFlow`].
    pub fn post(&self, order: PostingOrder) -> Posting {
        self.post_with(order, unobserved)
    }

    /// Captures or refunds, and notifies `observer` as [`cancel_with`](Client::cancel_with) does.
    pub fn post_with(&self, order: PostingOrder, observer: impl Observer<PostingEvent>) -> Posting {
        let policy = self.posting_policy.clone();
        self.begin_or_go_on(order, policy, &self.unresolved_postings, observer)
    }

    /// Resumes a capture or refund from a checkpoint. It queries, and posts again only if the policy
    /// [opted for it](PostingPolicy::dangerously_post_again_after).
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_posting(&self, checkpoint: &PostingCheckpoint) -> Result<Posting, MerchantMismatch> {
        self.resume_posting_with(checkpoint, unobserved)
    }

    /// Resumes a capture or refund from a checkpoint, and notifies `observer` as [`cancel_with`](Client::cancel_with) does.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_posting_with(
        &self,
        checkpoint: &PostingCheckpoint,
        observer: impl Observer<PostingEvent>,
    ) -> Result<Posting, MerchantMismatch> {
        self.go_on(checkpoint, self.posting_policy.clone(), &self.unresolved_postings, observer)
    }

    /// Takes the checkpoints of the captures and refunds that were dropped before their end and not resolved since.
    #[must_use]
    pub fn take_unresolved_postings(&self) -> Vec<PostingCheckpoint> {
        lock(&self.unresolved_postings).drain().map(|(_, checkpoint)| checkpoint).collect()
    }

    /// Queries the state of a payment: one exchange. The state can be stale: a cancel made in the web back office does not show.
    ///
    /// # Errors
    ///
    /// As for [`send`](Client::send).
    pub async fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
        self.send(&QueryPayment::new(reference.clone())).await
    }

    /// Sends the operation's request once, and parses the response.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that does not confirm the operation. After
    /// [`Delivery::Unknown`](bambora_core::Delivery::Unknown) nobody knows whether the operation took effect.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<Payment, Error> {
        let request = self.api.request(operation);
        let received = self.transport.send(O::NAME, request, Connection::Reused).await?;
        Ok(operation.parse(&received.response)?)
    }

    /// Sends any request to the client's origin once, as it is, and returns the response as it came.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no response came that can be trusted to be whole. A request to any other origin than that of the
    /// API's base URL is not sent.
    pub async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let received = self.exchange_on(request, Connection::Reused).await?;
        Ok(received.response)
    }

    /// Sends any request once, on a fresh connection if `connection` asks for one, and returns the response with the history of
    /// its connection: for a program that drives a flow by itself.
    ///
    /// # Errors
    ///
    /// As for [`exchange`](Client::exchange).
    pub async fn exchange_on(
        &self,
        request: Request<Vec<u8>>,
        connection: Connection,
    ) -> Result<Received, TransportError> {
        self.transport.send("exchange", request, connection).await
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
            unresolved: Arc::default(),
            unresolved_postings: Arc::default(),
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
