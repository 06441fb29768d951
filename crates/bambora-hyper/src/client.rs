//! The client.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use bambora_client::{
    BuildClient, BuildError, CancelEvent, ClientBuilder, Driver, Received, Settings,
};
use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::Connection;
use bambora_core::{
    Api, CancelPolicy, Checkpoint, Error, Operation, OperationExt as _, Payment, PaymentReference,
    QueryPayment, TransportError,
};
use http::{Request, Response};

use crate::cancel::Cancel;
use crate::observer::Observer;
use crate::transport::Transport;
use crate::unresolved::Unresolved;

/// Cancels and queries payments of one merchant.
///
/// Cloning is cheap: a clone shares everything. See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Client {
    api: Api,
    transport: Transport,
    cancel_policy: CancelPolicy,
    unresolved: Arc<Unresolved>,
}

/// The observer of a cancel that nobody observes.
type NoObserver = fn(CancelEvent) -> std::future::Ready<ControlFlow<()>>;

impl Client {
    /// A client with the defaults of [`ClientBuilder`].
    #[must_use]
    pub fn new(api: Api) -> Self {
        #[allow(
            clippy::expect_used,
            reason = "only a setting of the caller's can be at fault, and here is none"
        )]
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

    /// Cancels a payment: goes on until the cancel is resolved, or its budget is used up.
    ///
    /// A lost response is followed by queries and, if they show the payment authorized, by further cancel requests; see
    /// [`CancelFlow`](bambora_core::CancelFlow). To send a single request, [`send`](Client::send) a
    /// [`CancelPayment`](bambora_core::CancelPayment).
    ///
    /// # Timeouts and dropped calls
    ///
    /// Whoever drops the returned [`Cancel`] before its end, by a timeout for example, leaves a request that may have canceled
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
        self.begin(reference, None::<NoObserver>)
    }

    /// Cancels a payment, and tells `observer` before each request, after each response or failure, and before each wait.
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
    pub fn cancel_with(&self, reference: &PaymentReference, observer: impl Observer) -> Cancel {
        self.begin(reference, Some(observer))
    }

    fn begin(&self, reference: &PaymentReference, observer: Option<impl Observer>) -> Cancel {
        let policy = self.cancel_policy.clone();
        let resumed = self
            .unresolved
            .take(reference)
            .and_then(|kept| Driver::resume(self.api.clone(), &kept, policy.clone()).ok());
        let driver =
            resumed.unwrap_or_else(|| Driver::cancel(self.api.clone(), reference.clone(), policy));
        self.run(driver, observer)
    }

    fn run(&self, driver: Driver, observer: Option<impl Observer>) -> Cancel {
        let unresolved = Arc::clone(&self.unresolved);
        Cancel::new(driver, self.transport.clone(), unresolved, observer)
    }

    /// Goes on with a cancel from a checkpoint, with a query first.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume(&self, checkpoint: &Checkpoint) -> Result<Cancel, MerchantMismatch> {
        self.go_on(checkpoint, None::<NoObserver>)
    }

    /// Goes on with a cancel from a checkpoint, and tells `observer` as [`cancel_with`](Client::cancel_with) does.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    pub fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        observer: impl Observer,
    ) -> Result<Cancel, MerchantMismatch> {
        self.go_on(checkpoint, Some(observer))
    }

    fn go_on(
        &self,
        checkpoint: &Checkpoint,
        observer: Option<impl Observer>,
    ) -> Result<Cancel, MerchantMismatch> {
        let policy = self.cancel_policy.clone();
        let driver = Driver::resume(self.api.clone(), checkpoint, policy)?;
        self.unresolved.take(checkpoint.reference());
        Ok(self.run(driver, observer))
    }

    /// Takes the checkpoints of the cancels that were dropped before their end and not gone on with since.
    ///
    /// Store or [`resume`](Client::resume) them: after this call, the client does not know of them any more.
    #[must_use]
    pub fn take_unresolved(&self) -> Vec<Checkpoint> {
        self.unresolved.take_all()
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
        let received = self
            .transport
            .send(O::NAME, request, Connection::Reused)
            .await?;
        Ok(operation.parse(&received.response)?)
    }

    /// Sends any request to the client's origin once, as it is, and returns the response as it came.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no response came that can be trusted to be whole. A request to any other origin than that of the
    /// API's base URL is not sent.
    pub async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
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
        // Whoever wraps this client may have changed them since the builder checked them.
        settings.check()?;
        Ok(Self {
            transport: Transport::new(api.base_url(), &settings)?,
            api,
            cancel_policy: settings.cancel_policy,
            unresolved: Arc::default(),
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
