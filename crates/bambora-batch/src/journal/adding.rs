//! Adds orders: a few, or a long list that is complete.

use rusqlite::{Connection, ErrorCode, params};

use super::clock;
use super::error::{Fault, JournalError};
use super::reading;
use super::schema::UNIQUE_OPERATIONS;
use crate::order::Order;

/// From so many orders on, a list is added without the index, which is made anew then.
const LONG_LIST: u64 = 100_000;

/// How many orders were new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// Orders that the journal did not have.
    pub added: u64,
    /// Orders that it had already, whatever their status. They were left alone.
    pub duplicates: u64,
}

/// Adds all, or nothing if a key stands for another amount.
pub(super) fn add(connection: &Connection, orders: &[Order]) -> Result<Added, Fault> {
    connection.prepare_cached("savepoint orders")?.execute([])?;
    let added = insert(connection, orders);
    if added.is_err() {
        connection.execute_batch("rollback to orders")?;
    }
    connection.prepare_cached("release orders")?.execute([])?;
    added
}

fn insert(connection: &Connection, orders: &[Order]) -> Result<Added, Fault> {
    let now = clock::now();
    let mut insert = connection.prepare_cached(
        "insert into payment (reference, operation, amount, key, added) values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
    )?;
    let mut added = Added::default();
    for order in orders {
        let (reference, operation) = (order.reference().as_str(), order.operation().as_str());
        match insert.execute(params![reference, operation, amount(order), reading::key(order), now])? {
            0 => {
                check_amount(connection, order)?;
                added.duplicates += 1;
            }
            _ => added.added += 1,
        }
    }
    Ok(added)
}

fn amount(order: &Order) -> Option<i64> {
    order.amount().map(i64::from)
}

fn check_amount(connection: &Connection, order: &Order) -> Result<(), Fault> {
    let Order::Posting(_) = order else {
        return Ok(());
    };
    let found = reading::find(connection, order)?.and_then(|row| row.order.amount());
    match found {
        Some(amount) if Some(amount) != order.amount() => {
            Err(JournalError::KeyUsed { order: order.clone(), amount }.into())
        }
        _ => Ok(()),
    }
}

/// Begins a list, in a table of this connection that no other program sees and no crash leaves.
pub(super) fn begin_list(connection: &Connection) -> Result<(), Fault> {
    Ok(connection.execute_batch(
        "drop table if exists temp.list; \
         create temp table list (id integer primary key, line integer, reference text not null, operation text not null, \
         amount integer, key text)",
    )?)
}

/// Adds orders to the list, each with its line.
pub(super) fn extend_list(connection: &Connection, orders: &[(u64, Order)]) -> Result<(), Fault> {
    connection.execute_batch("savepoint part")?;
    let mut insert = connection
        .prepare_cached("insert into list (line, reference, operation, amount, key) values (?1, ?2, ?3, ?4, ?5)")?;
    for (line, order) in orders {
        let (reference, operation) = (order.reference().as_str(), order.operation().as_str());
        // Only captures and refunds can conflict, and are told by their lines then.
        let line = order.key().is_some().then_some(*line);
        insert.execute(params![
            line.and_then(|line| i64::try_from(line).ok()),
            reference,
            operation,
            amount(order),
            reading::key(order)
        ])?;
    }
    Ok(connection.execute_batch("release part")?)
}

/// Adds the whole list.
pub(super) fn add_list(connection: &Connection) -> Result<Added, Fault> {
    let listed: u64 = connection.query_row("select count(*) from list", [], |row| row.get(0))?;
    let added = if listed < LONG_LIST {
        connection.execute(&format!("{INSERT_LIST} on conflict do nothing"), [clock::now()])? as u64
    } else {
        add_long_list(connection)?
    };
    connection.execute_batch("drop table list")?;
    Ok(Added { added, duplicates: listed.saturating_sub(added) })
}

const INSERT_LIST: &str = "insert into payment (reference, operation, amount, key, added) \
                           select reference, operation, amount, key, ?1 from list where true order by id";

fn add_long_list(connection: &Connection) -> Result<u64, Fault> {
    connection.execute(
        "delete from list where exists (select 1 from payment where payment.reference = list.reference \
         and payment.operation = list.operation and ifnull(payment.key, '') = ifnull(list.key, ''))",
        [],
    )?;
    connection.execute_batch("drop index payment_operation")?;
    let mut added = connection.execute(INSERT_LIST, [clock::now()])?;
    if let Err(error) = connection.execute_batch(UNIQUE_OPERATIONS) {
        if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
            return Err(error.into());
        }
        // The list has some more than once: the first of each stays.
        added -= connection.execute(
            "delete from payment where id in (select id from \
             (select id, row_number() over (partition by reference, operation, ifnull(key, '') order by id) as nth \
             from payment) where nth > 1)",
            [],
        )?;
        connection.execute_batch(UNIQUE_OPERATIONS)?;
    }
    Ok(added as u64)
}

/// Forgets the list.
pub(super) fn discard_list(connection: &Connection) -> Result<(), Fault> {
    Ok(connection.execute_batch("drop table if exists temp.list")?)
}
