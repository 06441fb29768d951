//! The journal as its users have it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bambora_core::{Merchant, PaymentReference};

use super::adding::{self, Added};
use super::checkpointing::{self, StartedRow};
use super::error::{Fault, JournalError};
use super::holds::Holds;
use super::pending::Pending;
use super::reading;
use super::recording::{self, Recorded};
use super::report::{Counts, Reason};
use super::row::{Record, Row, Take, Taken};
use super::schema::Owner;
use super::status::Status;
use super::taking::{self, Doubt, Run};
use super::writer::{Access, OpenJournal, Writer};
use crate::order::Order;

/// The durable record of what was asked for each payment. A clone is another handle to the same journal.
///
/// Each change is a [`Pending`]: `.await` it, or [`wait`](Pending::wait) for it in a blocking program. It is durable
/// when that returns.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    owner: Owner,
    holds: Holds,
    list: Mutex<()>,
    writer: Writer,
}

impl Journal {
    pub(super) fn new(path: &Path, owner: Owner, journal: OpenJournal) -> Result<Self, JournalError> {
        let holds = Holds::default();
        let rewind = holds.clone();
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            owner,
            holds,
            list: Mutex::default(),
            // Rows that were taken in changes that failed were not taken.
            writer: Writer::start(journal, move || rewind.rewind())?,
        })))
    }

    /// The right to build a list: there is one at a time.
    pub(super) fn list(&self) -> MutexGuard<'_, ()> {
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the path that the journal was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Returns the base URL of its payments.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.owner.base_url
    }

    /// Returns the number of the merchant whose payments it has.
    #[must_use]
    pub fn merchant_number(&self) -> &str {
        &self.0.owner.merchant
    }

    /// Checks that it has payments of this merchant.
    ///
    /// # Errors
    ///
    /// [`JournalError::OtherMerchant`] or [`JournalError::OtherBaseUrl`].
    pub fn check_merchant(&self, merchant: &Merchant) -> Result<(), JournalError> {
        self.0.owner.check(&Owner::from(merchant), &self.0.path)
    }

    /// Adds payments to be canceled, which wait then. Payments that the journal has already are left alone.
    ///
    /// They are one transaction: add a long list in parts of about 10,000, or [import](Self::import) it.
    ///
    /// # Errors
    ///
    /// If nothing could be added.
    pub fn add(&self, references: Vec<PaymentReference>) -> Pending<Added> {
        self.add_orders(references.into_iter().map(Order::Cancel).collect())
    }

    /// Adds orders, which wait then. Orders that the journal has already are left alone.
    ///
    /// # Errors
    ///
    /// If nothing could be added. [`JournalError::KeyUsed`] if a key stands for another amount.
    pub fn add_orders(&self, orders: Vec<Order>) -> Pending<Added> {
        self.write(move |connection| adding::add(connection, &orders))
    }

    /// Begins a run: a passage through all rows that are not finished.
    pub fn begin_run(&self) -> Pending<Run> {
        self.write_held(taking::begin_run)
    }

    /// Takes the next rows that wait, at most so many, in the order in which they were added. Those that an earlier run has given
    /// back with a [`problem`](Record::problem) come last.
    ///
    /// The orders of one payment come one after another: one is passed over as long as an earlier one of its payment waits or is in
    /// doubt.
    ///
    /// All of them are *started* on the disk when this returns, so that requests for them can be sent. What is to be done with
    /// each is its [`order`](Taken::order).
    pub fn claim(&self, run: Run, most: u32) -> Pending<Vec<Taken>> {
        self.claim_by(run, most, Doubt::FromStart)
    }

    pub(crate) fn claim_by(&self, run: Run, most: u32, doubt: Doubt) -> Pending<Vec<Taken>> {
        self.write_held(move |connection, holds| taking::claim(connection, holds, (run, doubt), most))
    }

    /// Whether a run can claim rows now that were passed over.
    pub(crate) fn has_freed(&self, run: Run) -> bool {
        self.0.holds.has_freed(run.0)
    }

    /// Takes the next rows that earlier runs left *started*, at most so many. They are in doubt: a query comes first.
    ///
    /// A capture or refund that the [`Runner`](crate::Runner) has not sent yet is not in doubt.
    pub fn claim_in_doubt(&self, run: Run, most: u32) -> Pending<Vec<Taken>> {
        self.claim_started_by(run, most, Doubt::FromStart)
    }

    pub(crate) fn claim_started_by(&self, run: Run, most: u32, doubt: Doubt) -> Pending<Vec<Taken>> {
        self.write_held(move |connection, holds| taking::claim_in_doubt(connection, holds, (run, doubt), most))
    }

    /// Takes one payment to be canceled, which is added if the journal does not have it.
    ///
    /// This is how a blocking program uses the journal; an async one has [`cancel`](Self::cancel).
    ///
    /// ```
    /// use bambora_batch::{Journal, Record, Status, Take};
    /// use bambora_blocking::Client;
    /// # use bambora_sandbox::Sandbox;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start()?;
    /// # sandbox.authorize("ORDER-1");
    /// # let api = sandbox.api();
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("shop.journal");
    /// let client = Client::new(api);
    /// let merchant = client.api().merchant();
    /// let journal = Journal::open(path, merchant)?;
    ///
    /// match journal.take("ORDER-1".parse()?).wait()? {
    ///     Take::Taken(taken) => {
    ///         // Started on the disk. If a request may have been sent before, a query comes first.
    ///         let outcome = match taken.resume_from(merchant) {
    ///             Some(checkpoint) => client.resume(&checkpoint)?,
    ///             None => client.cancel(taken.reference()),
    ///         };
    ///         journal.record(taken, Record::from(&outcome)).wait()?;
    ///         println!("{outcome}");
    ///     }
    ///     Take::Finished(row) => println!("{}", row.message),
    ///     _ => println!("another thread works on it"),
    /// }
    /// # let row = journal.find("ORDER-1".parse()?).wait()?;
    /// # assert_eq!(row.map(|row| row.status), Some(Status::Canceled));
    /// # Ok(())
    /// # }
    /// ```
    pub fn take(&self, reference: PaymentReference) -> Pending<Take> {
        self.take_order(reference.into())
    }

    /// Takes one order, which is added if the journal does not have it.
    ///
    /// A capture or refund that is taken is in doubt from then on: the next caller who takes it queries, and does not send it again.
    ///
    /// # Errors
    ///
    /// [`JournalError::KeyUsed`] if its key stands for another amount.
    pub fn take_order(&self, order: Order) -> Pending<Take> {
        self.take_by(order, Doubt::FromStart)
    }

    pub(crate) fn take_by(&self, order: Order, doubt: Doubt) -> Pending<Take> {
        self.write_held(move |connection, holds| taking::take(connection, holds, order, doubt))
    }

    /// Stores that the request of a capture or refund may be sent from now on.
    pub(crate) fn store_checkpoint(&self, row: StartedRow, checkpoint: String) -> Pending<()> {
        self.write(move |connection| checkpointing::store(connection, row, &checkpoint))
    }

    /// Records the outcome of a row. Do not report the outcome before this returns.
    ///
    /// # Errors
    ///
    /// [`JournalError::NotStarted`] if the row's outcome is known already: it stays as it is.
    /// [`JournalError::OtherOperation`] if it cannot be the outcome of this row.
    pub fn record(&self, taken: Taken, record: Record) -> Pending<()> {
        self.write(move |connection| recording::record(connection, taken, record).map(|_| ()))
    }

    /// Writes what came of many rows, in one change. The results are in no particular order. A row whose outcome is known
    /// already stays as it is, and its result is [`JournalError::NotStarted`].
    pub fn record_all(&self, records: Vec<(Taken, Record)>) -> Pending<Vec<Result<Recorded, JournalError>>> {
        self.write(move |connection| recording::record_all(connection, records))
    }

    /// Gives rows back for which nothing was sent since they were taken: they wait again, or are in doubt as before.
    pub fn release(&self, taken: Vec<Taken>) -> Pending<()> {
        self.write_held(move |connection, holds| taking::release(connection, holds, taken))
    }

    /// Puts all stuck rows back in doubt, so that the next run asks again. Returns how many those are.
    pub fn retry_stuck(&self) -> Pending<u64> {
        self.write_held(taking::retry_stuck)
    }

    /// Returns the row of a payment that is to be canceled.
    pub fn find(&self, reference: PaymentReference) -> Pending<Option<Row>> {
        self.find_order(reference.into())
    }

    /// Returns the row of an order. If its key stands for another amount, that is the row's.
    pub fn find_order(&self, order: Order) -> Pending<Option<Row>> {
        self.read(move |connection| reading::find(connection, &order))
    }

    /// Returns the first rows of these statuses after a position, at most so many. Begin with position 0.
    pub fn page(&self, statuses: &[Status], after: i64, most: u32) -> Pending<Vec<Row>> {
        let statuses = statuses.to_vec();
        self.read(move |connection| reading::page(connection, &statuses, after, most))
    }

    /// Returns all rows of these statuses, a thousand at a time. Each page blocks the thread; async programs use
    /// [`page`](Self::page).
    pub fn rows(&self, statuses: &[Status]) -> Rows {
        Rows {
            journal: self.clone(),
            statuses: statuses.to_vec(),
            page: Vec::new().into_iter(),
            after: 0,
            ended: false,
        }
    }

    /// Counts the rows of each status.
    pub fn counts(&self) -> Pending<Counts> {
        self.read(reading::counts)
    }

    /// Returns the most common problems, at most so many.
    pub fn reasons(&self, most: u32) -> Pending<Vec<Reason>> {
        self.read(move |connection| reading::reasons(connection, most))
    }

    /// Closes the journal, for all its handles. A journal whose last handle is dropped is closed, too, but errors are
    /// lost then.
    pub fn close(self) -> Pending<()> {
        let close = self.0.writer.close();
        Pending::new(async move {
            let closed = close.await;
            drop(self);
            closed
        })
    }

    /// Changes rows that this process works on, or will.
    fn write_held<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection, &Holds) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        let holds = self.0.holds.clone();
        self.write(move |connection| job(connection, &holds))
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        self.0.writer.ask(Access::Write, job)
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        self.0.writer.ask(Access::Read, job)
    }
}

/// The rows of a journal, one after another. Made by [`Journal::rows`].
#[derive(Debug)]
pub struct Rows {
    journal: Journal,
    statuses: Vec<Status>,
    page: std::vec::IntoIter<Row>,
    after: i64,
    ended: bool,
}

impl Rows {
    const PAGE: u32 = 1_000;
}

impl Iterator for Rows {
    type Item = Result<Row, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match self.journal.page(&self.statuses, self.after, Self::PAGE).wait() {
                Ok(page) => {
                    self.ended = page.is_empty();
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        let row = self.page.next()?;
        self.after = row.position;
        Some(Ok(row))
    }
}
