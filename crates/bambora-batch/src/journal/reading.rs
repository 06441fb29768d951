//! Reads rows: one, a page of them, and how many there are.

use bambora_core::PaymentReference;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::JournalError;
use super::report::{Counts, Reason};
use super::row::Row;
use super::status::Status;

const COLUMNS: &str = "id, reference, operation, status, checkpoint, confirmation, problem, message, attempts, queries, \
                       runs, added, started, finished";

pub(super) fn find(connection: &Connection, reference: &PaymentReference) -> Result<Option<Row>, JournalError> {
    Ok(connection
        .prepare_cached(&format!(
            "select {COLUMNS} from payment where reference = ?1 and operation = 'cancel' and ifnull(key, '') = ''"
        ))?
        .query_row([reference.as_str()], read)
        .optional()?)
}

/// The rows of these statuses after a position, in the order in which they were added.
pub(super) fn page(
    connection: &Connection,
    statuses: &[Status],
    after: i64,
    most: u32,
) -> Result<Vec<Row>, JournalError> {
    let statuses: Vec<_> = statuses.iter().map(|status| format!("'{status}'")).collect();
    Ok(connection
        .prepare_cached(&format!(
            "select {COLUMNS} from payment where id > ?1 and status in ({}) order by id limit ?2",
            statuses.join(", ")
        ))?
        .query_map(params![after, most], read)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(super) fn counts(connection: &Connection) -> Result<Counts, JournalError> {
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached("select status, count(*) from payment group by status")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        counts.set(status(row, 0)?, row.get(1)?);
    }
    Ok(counts)
}

pub(super) fn reasons(connection: &Connection, most: u32) -> Result<Vec<Reason>, JournalError> {
    Ok(connection
        .prepare_cached(
            "select status, problem, count(*) from payment where problem is not null \
             group by status, problem order by count(*) desc, status, problem limit ?1",
        )?
        .query_map([most], |row| Ok(Reason { status: status(row, 0)?, problem: row.get(1)?, count: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The reference in a column. Only checked ones are written.
pub(super) fn reference(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<PaymentReference> {
    PaymentReference::new(row.get::<_, String>(column)?).map_err(|error| unreadable(column, error))
}

fn status(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Status> {
    row.get::<_, String>(column)?.parse().map_err(|error: super::status::InvalidStatus| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// What a row says that has no message of its own: a million canceled ones need not store it.
pub(super) fn sentence(reference: &PaymentReference, status: Status) -> String {
    let stands = match status {
        Status::Waiting => "waits: nothing was sent for it",
        Status::Started => "is in doubt: the next run asks for it first",
        Status::Canceled => "is canceled",
        Status::Refused => "was not canceled: the API refused",
        Status::Stuck => "is in doubt, and several runs could not find out more",
    };
    format!("payment {reference} {stands}")
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let reference = reference(row, 1)?;
    let status = status(row, 3)?;
    let message: Option<String> = row.get(7)?;
    Ok(Row {
        position: row.get(0)?,
        message: message.unwrap_or_else(|| sentence(&reference, status)),
        reference,
        operation: row.get(2)?,
        status,
        checkpoint: row.get(4)?,
        confirmation: row.get(5)?,
        problem: row.get(6)?,
        attempts: row.get(8)?,
        queries: row.get(9)?,
        runs: row.get(10)?,
        added: row.get(11)?,
        started: row.get(12)?,
        finished: row.get(13)?,
    })
}
