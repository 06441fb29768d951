//! One cancel whose question the journal owns.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bambora_core::flow::RequestKind;
use bambora_core::{Outcome, PaymentReference};
use bambora_hyper::{CancelEvent, Client};

use crate::gate::StopReason;
use crate::journal::{Conclusion, Journal, JournalError, Record, Row, Take, Taken};

/// A cancel with a journal did not come to an end.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
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
    Denied(#[from] StopReason),
    /// The call was lost with its runtime. The row is in doubt, and the next call goes on with it.
    #[error("the call was lost before its end: cancel the payment again to go on with it")]
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
    /// [`CancelError`]. A payment that stays in doubt is no error: its row is [`Started`](crate::Status::Started).
    pub async fn cancel(&self, client: &Client, reference: &PaymentReference) -> Result<Row, CancelError> {
        self.check_merchant(client.api().merchant())?;
        let (journal, client, reference) = (self.clone(), client.clone(), reference.clone());
        // From here on it goes on even if whoever called is gone.
        let call = tokio::spawn(async move {
            match journal.take(reference.clone()).await? {
                Take::Taken(taken) => journal.cancel_taken(&client, taken).await,
                Take::Finished(row) => Ok(*row),
                Take::Held => Err(CancelError::Busy { reference }),
            }
        });
        call.await.unwrap_or(Err(CancelError::Lost))
    }

    async fn cancel_taken(&self, client: &Client, taken: Taken) -> Result<Row, CancelError> {
        let reference = taken.reference().clone();
        let (outcome, requests) = cancel_counted(client, &taken).await;
        let denied = denial(&outcome);
        let mut record = Record {
            attempts: requests.cancels.load(Ordering::Relaxed),
            queries: requests.queries.load(Ordering::Relaxed),
            ..Record::from(&outcome)
        };
        if let Some(reason) = denied {
            record.conclusion = Conclusion::NotSent;
            record.problem = Some(reason.problem().to_owned());
            record.message = None;
        }
        self.record(taken, record).await?;
        if let Some(reason) = denied {
            return Err(reason.into());
        }
        let row = self.find(reference).await?;
        row.ok_or(CancelError::Lost)
    }
}

#[derive(Debug, Default)]
struct Requests {
    cancels: AtomicU32,
    queries: AtomicU32,
}

async fn cancel_counted(client: &Client, taken: &Taken) -> (Outcome, Arc<Requests>) {
    let requests = Arc::new(Requests::default());
    let counted = Arc::clone(&requests);
    let observer = move |event: CancelEvent| {
        let count = match event {
            CancelEvent::Sending { kind, .. } => match kind {
                RequestKind::Cancel => Some(&counted.cancels),
                RequestKind::Query => Some(&counted.queries),
            },
            _ => None,
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        std::future::ready(ControlFlow::Continue(()))
    };
    let outcome = match taken.resume_from(client.api().merchant()) {
        Some(checkpoint) => match client.resume_with(&checkpoint, observer) {
            Ok(cancel) => cancel.await,
            // The checkpoint was compared to this client's merchant: it stays as it is.
            Err(_) => Outcome::Unknown(bambora_core::flow::Unknown::new(checkpoint)),
        },
        None => client.cancel_with(taken.reference(), observer).await,
    };
    (outcome, requests)
}

/// Whether the API refused the credentials, and not the payment.
fn denial(outcome: &Outcome) -> Option<StopReason> {
    let Outcome::Refused(refused) = outcome else {
        return None;
    };
    match refused.problem.as_ref()?.status {
        401 => Some(StopReason::Unauthorized),
        403 => Some(StopReason::Forbidden),
        _ => None,
    }
}
