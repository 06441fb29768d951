//! Adds payments: a few, or a long list that is complete.

use bambora_core::PaymentReference;
use rusqlite::{Connection, ErrorCode, params};

use super::clock;
use super::error::JournalError;
use super::schema::UNIQUE_OPERATIONS;

/// From so many payments on, a list is added without the index, which is made anew then.
const LONG_LIST: u64 = 100_000;

/// How many payments were new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// Payments that the journal did not have.
    pub added: u64,
    /// Payments that it had already, whatever their status. They were left alone.
    pub duplicates: u64,
}

pub(super) fn add(connection: &Connection, references: &[PaymentReference]) -> Result<Added, JournalError> {
    let now = clock::now();
    let mut insert =
        connection.prepare_cached("insert into payment (reference, added) values (?1, ?2) on conflict do nothing")?;
    let mut added = Added::default();
    for reference in references {
        match insert.execute(params![reference.as_str(), now])? {
            0 => added.duplicates += 1,
            _ => added.added += 1,
        }
    }
    Ok(added)
}

/// Begins a list, in a table of this connection that no other program sees and no crash leaves.
pub(super) fn begin_list(connection: &Connection) -> Result<(), JournalError> {
    Ok(connection.execute_batch(
        "drop table if exists temp.list; create temp table list (line integer primary key, reference text not null)",
    )?)
}

pub(super) fn extend_list(connection: &Connection, references: &[PaymentReference]) -> Result<(), JournalError> {
    connection.execute_batch("savepoint part")?;
    let mut insert = connection.prepare_cached("insert into list (reference) values (?1)")?;
    for reference in references {
        insert.execute([reference.as_str()])?;
    }
    Ok(connection.execute_batch("release part")?)
}

/// Adds the whole list.
pub(super) fn add_list(connection: &Connection) -> Result<Added, JournalError> {
    let listed: u64 = connection.query_row("select count(*) from list", [], |row| row.get(0))?;
    let added = if listed < LONG_LIST {
        connection.execute(
            "insert into payment (reference, added) select reference, ?1 from list where true order by line \
             on conflict do nothing",
            [clock::now()],
        )? as u64
    } else {
        add_long_list(connection)?
    };
    connection.execute_batch("drop table list")?;
    Ok(Added { added, duplicates: listed.saturating_sub(added) })
}

fn add_long_list(connection: &Connection) -> Result<u64, JournalError> {
    connection.execute(
        "delete from list where exists (select 1 from payment \
         where payment.reference = list.reference and operation = 'cancel' and ifnull(key, '') = '')",
        [],
    )?;
    connection.execute_batch("drop index payment_operation")?;
    let mut added = connection.execute(
        "insert into payment (reference, added) select reference, ?1 from list order by line",
        [clock::now()],
    )?;
    if let Err(error) = connection.execute_batch(UNIQUE_OPERATIONS) {
        if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
            return Err(error.into());
        }
        // The list has some more than once: the first of each stays.
        added -= connection.execute(
            "delete from payment where id in (select id from \
             (select id, row_number() over (partition by reference order by id) as nth from payment \
             where operation = 'cancel') where nth > 1)",
            [],
        )?;
        connection.execute_batch(UNIQUE_OPERATIONS)?;
    }
    Ok(added as u64)
}

/// Forgets the list.
pub(super) fn discard_list(connection: &Connection) -> Result<(), JournalError> {
    Ok(connection.execute_batch("drop table if exists temp.list")?)
}

/// Whatever waits may have been started elsewhere, or in changes that are lost.
pub(super) fn doubt_what_waits(connection: &Connection) -> Result<(), JournalError> {
    connection
        .execute("update payment set status = 'started', started = ?1 where status = 'waiting'", [clock::now()])?;
    Ok(())
}
