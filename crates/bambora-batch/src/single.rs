//! One cancel, capture or refund whose question the journal owns.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bambora_core::flow::{RequestKind, Unknown};
use bambora_core::posting::{PostingKey, PostingOrder, PostingOutcome, PostingRequestKind, PostingUnknown};
use bambora_core::{Amount, Outcome, PaymentReference};
use bambora_hyper::{CancelEvent, Client, FlowEvent, Observer, PostingEvent};
use http::StatusCode;

use crate::gate::StopReason;
use crate::journal::{Doubt, Journal, JournalError, Record, Row, StartedRow, Take, Taken};
use crate::order::Order;

/// Why a single call with a journal did not complete.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The journal cannot be used, or is another merchant's.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another call or run of this process works on the payment.
    #[error("payment {reference} is being worked on: wait for that call, or look into the journal later")]
    #[non_exhaustive]
    Busy {
        /// The payment.
        reference: PaymentReference,
    },
    /// The credentials were not accepted: that is no outcome of the payment, whose row waits or is in doubt as before.
    #[error(transparent)]
    Credentials(#[from] StopReason),
    /// The call was lost with its runtime. The row is in doubt, and the next call goes on with it.
    #[error("the call was lost before its end: call again to go on with it")]
    Lost,
}

impl Journal {
    /// Cancels one payment, which is added if the journal does not have it, and returns its row once that is recorded.
    ///
    /// The row owns the question. It is started on the disk before anything is sent; a call that is dropped goes on by itself
    /// in its runtime; after a crash the next call, or the next run, goes on with a query. A payment whose row is finished is
    /// not asked for again: the row is returned as it is.
    ///
    /// ```
    /// use bambora_batch::{Journal, Status};
    /// use bambora_hyper::{Client, PaymentReference};
    /// # use bambora_sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start()?;
    /// # sandbox.authorize("ORDER-1");
    /// # let api = sandbox.api();
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("shop.journal");
    /// let client = Client::new(api);
    /// let journal = Journal::open(path, client.api().merchant())?;
    ///
    /// let reference: PaymentReference = "ORDER-1".parse()?;
    /// let row = journal.cancel(&client, &reference).await?;
    /// println!("{}", row.message);
    /// assert_eq!(row.status, Status::Canceled);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError`]. A payment that stays in doubt is no error: its row is [`Started`](crate::Status::Started).
    pub async fn cancel(&self, client: &Client, reference: &PaymentReference) -> Result<Row, CallError> {
        self.carry_out(client, reference.clone().into()).await
    }

    /// Captures `amount`, in minor currency units, exactly once by `key`, and returns the row once that is recorded.
    ///
    /// As with [`cancel`](Self::cancel), the row owns the question: with the same key, nothing is captured again. After a crash in
    /// the middle of the request it is in doubt, and is queried and not sent again.
    ///
    /// ```
    /// use bambora_batch::{Journal, Status};
    /// use bambora_hyper::posting::PostingKey;
    /// use bambora_hyper::{Amount, Client, PaymentReference};
    /// # use bambora_sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start()?;
    /// # sandbox.authorize_amount("ORDER-1", 1_000, "EUR");
    /// # let api = sandbox.api();
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("shop.journal");
    /// let client = Client::new(api);
    /// let journal = Journal::open(path, client.api().merchant())?;
    ///
    /// let reference: PaymentReference = "ORDER-1".parse()?;
    /// let key = PostingKey::new("INVOICE-7")?;
    /// let row = journal.capture(&client, &reference, Amount::from(1_000), key).await?; // 10.00 EUR
    /// println!("{}", row.message);
    /// assert_eq!(row.status, Status::Captured);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError`]. A capture that stays in doubt is no error: its row is [`Started`](crate::Status::Started).
    pub async fn capture(
        &self,
        client: &Client,
        reference: &PaymentReference,
        amount: Amount,
        key: PostingKey,
    ) -> Result<Row, CallError> {
        self.carry_out(client, PostingOrder::capture(reference.clone(), amount, key).into()).await
    }

    /// Refunds `amount`, in minor currency units, exactly once by `key`, as [`capture`](Self::capture) captures.
    ///
    /// # Errors
    ///
    /// [`CallError`]. A refund that stays in doubt is no error: its row is [`Started`](crate::Status::Started).
    pub async fn refund(
        &self,
        client: &Client,
        reference: &PaymentReference,
        amount: Amount,
        key: PostingKey,
    ) -> Result<Row, CallError> {
        self.carry_out(client, PostingOrder::refund(reference.clone(), amount, key).into()).await
    }

    /// Carries out one order, as [`cancel`](Self::cancel) and [`capture`](Self::capture) do.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn carry_out(&self, client: &Client, order: Order) -> Result<Row, CallError> {
        self.check_merchant(client.api().merchant())?;
        let (journal, client) = (self.clone(), client.clone());
        // From here on it goes on even if the caller is gone.
        let call = tokio::spawn(async move {
            match journal.take_by(order.clone(), Doubt::FromCheckpoint).await? {
                Take::Taken(taken) => journal.carry_out_taken(&client, taken).await,
                Take::Finished(row) => Ok(*row),
                Take::Held => Err(CallError::Busy { reference: order.reference().clone() }),
            }
        });
        call.await.unwrap_or(Err(CallError::Lost))
    }

    async fn carry_out_taken(&self, client: &Client, taken: Taken) -> Result<Row, CallError> {
        let order = taken.order().clone();
        let observer = RowObserver { journal: self.clone(), row: StartedRow::from(&taken), seen: Arc::default() };
        let seen = Arc::clone(&observer.seen);
        let mut record = match &order {
            Order::Cancel(reference) => cancel(client, &taken, reference, observer).await,
            Order::Posting(posting) => post(client, &taken, posting, observer).await,
        };
        let Seen { attempts, queries, denied, failed } = lock(&seen).clone();
        (record.attempts, record.queries) = (attempts, queries);
        if let Some(reason) = denied {
            record.undecided(reason);
        }
        self.record(taken, record).await?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        if let Some(reason) = denied {
            return Err(reason.into());
        }
        let row = self.find_order(order).await?;
        row.ok_or(CallError::Lost)
    }
}

async fn cancel(client: &Client, taken: &Taken, reference: &PaymentReference, observer: RowObserver) -> Record {
    let cancel = match taken.resume_from(client.api().merchant()) {
        Some(checkpoint) => match client.resume_with(&checkpoint, observer) {
            Ok(cancel) => cancel,
            // It is this client's merchant's, so it stays as it is.
            Err(_) => return Record::from(&Outcome::Unknown(Unknown::new(checkpoint))),
        },
        None => client.cancel_with(reference, observer),
    };
    Record::from(&cancel.await)
}

async fn post(client: &Client, taken: &Taken, order: &PostingOrder, observer: RowObserver) -> Record {
    let posting = match taken.resume_posting_from(client.api().merchant()) {
        Some(checkpoint) => match client.resume_posting_with(&checkpoint, observer) {
            Ok(posting) => posting,
            // It is this client's merchant's, so it stays as it is.
            Err(_) => return Record::from(&PostingOutcome::Unknown(PostingUnknown::new(checkpoint))),
        },
        None => client.post_with(order.clone(), observer),
    };
    Record::from(&posting.await)
}

/// Observes the flow of a row.
struct RowObserver {
    journal: Journal,
    row: StartedRow,
    seen: Arc<Mutex<Seen>>,
}

/// What was seen of a flow.
#[derive(Clone, Debug, Default)]
struct Seen {
    attempts: u32,
    queries: u32,
    denied: Option<StopReason>,
    /// Why the next request was not sent.
    failed: Option<JournalError>,
}

impl RowObserver {
    /// Counts requests, and ends the flow if the credentials are not accepted.
    fn note<K: Copy, C>(&self, event: &FlowEvent<K, C>, is_change: impl Fn(K) -> bool) -> ControlFlow<()> {
        let mut seen = lock(&self.seen);
        match event {
            FlowEvent::Sending { kind, .. } | FlowEvent::Looking { kind, .. } => match is_change(*kind) {
                true => seen.attempts += 1,
                false => seen.queries += 1,
            },
            FlowEvent::Received(StatusCode::UNAUTHORIZED) => seen.denied = Some(StopReason::Unauthorized),
            FlowEvent::Received(StatusCode::FORBIDDEN) => seen.denied = Some(StopReason::Forbidden),
            _ => {}
        }
        match seen.denied {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }

    /// Stores that a request may be sent, and lets it go once that is durable.
    async fn store(&self, checkpoint: String) -> ControlFlow<()> {
        let Err(error) = self.journal.store_checkpoint(self.row.clone(), checkpoint).await else {
            return ControlFlow::Continue(());
        };
        lock(&self.seen).failed = Some(error);
        ControlFlow::Break(())
    }
}

/// Nothing has to be stored: the row of a cancel is in doubt since it was started.
impl Observer<CancelEvent> for RowObserver {
    async fn observe(&mut self, event: CancelEvent) -> ControlFlow<()> {
        self.note(&event, |kind| kind == RequestKind::Cancel)
    }
}

impl Observer<PostingEvent> for RowObserver {
    async fn observe(&mut self, event: PostingEvent) -> ControlFlow<()> {
        if let PostingEvent::Sending { kind: PostingRequestKind::Post, checkpoint, .. } = &event {
            self.store(checkpoint.to_string()).await?;
        }
        self.note(&event, |kind| kind == PostingRequestKind::Post)
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
