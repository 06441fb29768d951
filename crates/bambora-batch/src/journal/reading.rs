//! Reads rows: one, a page of them, and how many there are.

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Fault;
use super::report::{Counts, Reason};
use super::row::{Row, UNSENT};
use super::status::{InvalidStatus, Status};
use crate::order::{Operation, Order};

/// The columns that an order is read from, in this order.
pub(super) const ORDER: &str = "reference, operation, amount, key";

const COLUMNS: &str = "id, status, checkpoint, confirmation, problem, message, attempts, queries, runs, added, started, \
                       finished";

/// How many columns those are.
const ORDER_COLUMN: usize = 12;

/// The row of this order, or of one of the same key and another amount.
pub(super) fn find(connection: &Connection, order: &Order) -> Result<Option<Row>, Fault> {
    Ok(connection
        .prepare_cached(&format!(
            "select {COLUMNS}, {ORDER} from payment where reference = ?1 and operation = ?2 and ifnull(key, '') = ?3"
        ))?
        .query_row(
            params![order.reference().as_str(), order.operation().as_str(), key(order).unwrap_or_default()],
            read,
        )
        .optional()?)
}

/// The key as the table has it.
pub(super) fn key(order: &Order) -> Option<&str> {
    order.key().map(PostingKey::as_str)
}

/// The rows of these statuses after a position, in the order in which they were added.
pub(super) fn page(connection: &Connection, statuses: &[Status], after: i64, most: u32) -> Result<Vec<Row>, Fault> {
    let statuses: Vec<_> = statuses.iter().map(|status| format!("'{status}'")).collect();
    Ok(connection
        .prepare_cached(&format!(
            "select {COLUMNS}, {ORDER} from payment where id > ?1 and status in ({}) order by id limit ?2",
            statuses.join(", ")
        ))?
        .query_map(params![after, most], read)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(super) fn counts(connection: &Connection) -> Result<Counts, Fault> {
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached("select status, count(*) from payment group by status")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        counts.set(status(row, 0)?, row.get(1)?);
    }
    Ok(counts)
}

pub(super) fn reasons(connection: &Connection, most: u32) -> Result<Vec<Reason>, Fault> {
    Ok(connection
        .prepare_cached(
            "select status, problem, count(*) from payment where problem is not null \
             group by status, problem order by count(*) desc, status, problem limit ?1",
        )?
        .query_map([most], |row| Ok(Reason { status: status(row, 0)?, problem: row.get(1)?, count: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The order in the columns from this one on. Only checked ones are written.
pub(super) fn order(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Order> {
    let text = row.get_ref(column + 1)?.as_str()?;
    let kinds = [PostingKind::Capture, PostingKind::Refund];
    let kind = kinds.into_iter().find(|kind| Operation::from(*kind).as_str() == text);
    let reference = PaymentReference::new(row.get::<_, String>(column)?).map_err(|error| unreadable(column, error))?;
    let Some(kind) = kind else {
        // The table knows three operations.
        return Ok(Order::Cancel(reference));
    };
    let amount = amount(row, column + 2)?;
    let key_column = column + 3;
    let key = PostingKey::new(row.get::<_, String>(key_column)?).map_err(|error| unreadable(key_column, error))?;
    Ok(PostingOrder::new(kind, reference, amount, key).into())
}

/// The amount in a column.
pub(super) fn amount(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Amount> {
    Amount::from_minor_units(row.get(column)?).map_err(|error| unreadable(column, error))
}

fn status(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Status> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error: InvalidStatus| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// What a row says that has no message of its own: a million canceled ones need not store it.
pub(super) fn sentence(order: &Order, status: Status, checkpoint: Option<&str>) -> String {
    let subject = match order {
        Order::Cancel(reference) => format!("payment {reference}"),
        Order::Posting(posting) => format!("the {posting}"),
    };
    let stands = match (status, order) {
        (Status::Started, _) if checkpoint == Some(UNSENT) => "was not sent yet: the next run begins it anew",
        (Status::Waiting, _) => "waits: no request for it had an effect",
        (Status::Started, _) => "is in doubt: the next run asks for it first",
        (Status::Canceled, _) => "is canceled",
        (Status::Captured | Status::Refunded, _) => "was made",
        (Status::Refused, Order::Cancel(_)) => "was not canceled: the API refused",
        (Status::Refused, Order::Posting(_)) => "was not made: the API refused",
        (Status::Stuck, _) => "is in doubt, and several runs could not find out more",
    };
    format!("{subject} {stands}")
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let order = order(row, ORDER_COLUMN)?;
    let status = status(row, 1)?;
    let (checkpoint, message): (Option<String>, Option<String>) = (row.get(2)?, row.get(5)?);
    Ok(Row {
        position: row.get(0)?,
        message: message.unwrap_or_else(|| sentence(&order, status, checkpoint.as_deref())),
        reference: order.reference().clone(),
        order,
        status,
        checkpoint,
        confirmation: row.get(3)?,
        problem: row.get(4)?,
        attempts: row.get(6)?,
        queries: row.get(7)?,
        runs: row.get(8)?,
        added: row.get(9)?,
        started: row.get(10)?,
        finished: row.get(11)?,
    })
}
