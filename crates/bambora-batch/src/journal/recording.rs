//! Writes what came of a row, which has to be *started*.

use std::ops::RangeInclusive;

use bambora_core::PaymentReference;
use rusqlite::{Connection, params};

use super::clock;
use super::error::{Fault, JournalError};
use super::reading;
use super::row::{Record, Taken};
use super::status::Status;
use super::taking::RUNS;
use crate::order::Order;

/// What was recorded of a payment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The payment's reference, as the order has it.
    pub reference: PaymentReference,
    /// What was to be done.
    pub order: Order,
    /// What came of it.
    pub record: Record,
}

impl Recorded {
    fn new(order: Order, record: Record) -> Self {
        Self { reference: order.reference().clone(), order, record }
    }

    /// Returns the status that the row has now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.record.conclusion.status()
    }

    /// Returns where the payment stands, in a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.record.message.clone();
        message.unwrap_or_else(|| reading::sentence(&self.order, self.status(), None))
    }
}

/// A row that waits again is not claimed in the run under way, though it was taken before that began.
const UPDATE: &str = "\
update payment set status = ?3, checkpoint = ?4, confirmation = ?5, problem = ?6, message = ?7, \
attempts = attempts + ?8, queries = queries + ?9, finished = ?10, runs = runs + ?11, \
run = iif(?3 = 'waiting', ifnull((select cast(value as integer) from meta where key = ?12), 0), run) \
where id between ?1 and ?2 and status = 'started'";

pub(super) fn record(connection: &Connection, taken: Taken, record: Record) -> Result<Recorded, Fault> {
    let row = taken.hold.row();
    if !record.conclusion.fits(taken.order.operation()) {
        return Err(JournalError::OtherOperation {
            order: taken.order,
            status: record.conclusion.status().to_string(),
        }
        .into());
    }
    if update(connection, row..=row, &record)? == 1 {
        free_next(connection, &taken, record.conclusion.status())?;
        return Ok(Recorded::new(taken.order, record));
    }
    let found = reading::find(connection, &taken.order)?;
    Err(JournalError::NotStarted {
        reference: taken.order.reference().clone(),
        status: found.map_or("removed", |row| row.status.as_str()).to_owned(),
    }
    .into())
}

pub(super) fn record_all(
    connection: &Connection,
    records: Vec<(Taken, Record)>,
) -> Result<Vec<Result<Recorded, JournalError>>, Fault> {
    let mut results = Vec::with_capacity(records.len());
    for (record, taken) in alike(records) {
        if taken.len() > 1 && record_alike(connection, &record, &taken)? {
            for taken in &taken {
                free_next(connection, taken, record.conclusion.status())?;
            }
            results.extend(taken.into_iter().map(|taken| Ok(Recorded::new(taken.order, record.clone()))));
            continue;
        }
        for taken in taken {
            match self::record(connection, taken, record.clone()).map_err(JournalError::from) {
                Err(error) if error.undoes_the_commit() => return Err(error.into()),
                result => results.push(result),
            }
        }
    }
    Ok(results)
}

/// The next order of the payment need not wait for this one any more.
fn free_next(connection: &Connection, taken: &Taken, status: Status) -> Result<(), Fault> {
    let is_over = status.is_terminal() || status == Status::Stuck;
    if is_over && taken.hold.may_free() {
        let next: Option<i64> = connection
            .prepare_cached("select min(+id) from payment where reference = ?1 and status = 'waiting'")?
            .query_row([taken.order.reference().as_str()], |row| row.get(0))?;
        next.into_iter().for_each(|row| taken.hold.free(row));
    }
    Ok(())
}

/// Groups records that are the same. Those with a message of their own, and those that are wrong, stay alone.
fn alike(records: Vec<(Taken, Record)>) -> Vec<(Record, Vec<Taken>)> {
    let mut groups: Vec<(Record, Vec<Taken>)> = Vec::new();
    let mut alone = Vec::new();
    for (taken, record) in records {
        let is_wrong = !record.conclusion.fits(taken.order.operation());
        if is_wrong || record.message.is_some() {
            alone.push((record, vec![taken]));
            continue;
        }
        match groups.iter_mut().find(|(other, _)| *other == record) {
            Some((_, group)) => group.push(taken),
            None => groups.push((record, vec![taken])),
        }
    }
    groups.extend(alone);
    groups
}

/// Records many rows, those that follow one another with one statement: that takes a fraction of the time. `false` if not all
/// of them were started: nothing is changed then.
fn record_alike(connection: &Connection, record: &Record, taken: &[Taken]) -> Result<bool, Fault> {
    let mut rows: Vec<i64> = taken.iter().map(|taken| taken.hold.row()).collect();
    rows.sort_unstable();
    connection.prepare_cached("savepoint alike")?.execute([])?;
    let mut changed = 0;
    for rows in rows.chunk_by(|row, next| row + 1 == *next) {
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            changed += update(connection, *first..=*last, record)?;
        }
    }
    if changed != taken.len() {
        connection.execute_batch("rollback to alike")?;
    }
    connection.prepare_cached("release alike")?.execute([])?;
    Ok(changed == taken.len())
}

/// Returns how many of the rows were started, and are changed now.
fn update(connection: &Connection, rows: RangeInclusive<i64>, record: &Record) -> Result<usize, Fault> {
    let status = record.conclusion.status();
    let (checkpoint, confirmation) = record.conclusion.texts();
    Ok(connection.prepare_cached(UPDATE)?.execute(params![
        rows.start(),
        rows.end(),
        status.as_str(),
        checkpoint,
        confirmation,
        record.problem,
        record.message,
        record.attempts,
        record.queries,
        status.is_terminal().then(clock::now),
        record.conclusion.counts_as_run(),
        RUNS,
    ])?)
}
