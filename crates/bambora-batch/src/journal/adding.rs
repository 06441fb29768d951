//! Adds payments, and keeps a list that is only half added from being worked on.

use bambora_core::PaymentReference;
use rusqlite::{Connection, params};

use super::clock;
use super::error::JournalError;
use super::schema;

/// The last row before a list that is not whole yet.
const IMPORT: &str = "import";

/// How many payments were new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// Payments that the journal did not have.
    pub added: u64,
    /// Payments that it had already, whatever their status. They were left alone.
    pub duplicates: u64,
}

/// Refuses work on a journal that does not have its whole list.
pub(super) fn require_whole_list(connection: &Connection) -> Result<(), JournalError> {
    match schema::get(connection, IMPORT)? {
        None => Ok(()),
        Some(_) => Err(JournalError::ImportUnfinished),
    }
}

pub(super) fn add(
    connection: &Connection,
    references: &[PaymentReference],
) -> Result<Added, JournalError> {
    let now = clock::now();
    let mut insert = connection.prepare_cached(
        "insert into payment (reference, added) values (?1, ?2) on conflict (reference) do nothing",
    )?;
    let mut added = Added::default();
    for reference in references {
        match insert.execute(params![reference.as_str(), now])? {
            0 => added.duplicates += 1,
            _ => added.added += 1,
        }
    }
    Ok(added)
}

/// Begins a list. What is left of one that was never finished goes: nothing of it was started.
pub(super) fn begin_import(connection: &Connection) -> Result<(), JournalError> {
    discard_import(connection)?;
    let last: i64 =
        connection.query_row("select coalesce(max(id), 0) from payment", [], |row| {
            row.get(0)
        })?;
    schema::set(connection, IMPORT, &last.to_string())
}

/// The list is whole.
pub(super) fn finish_import(connection: &Connection) -> Result<(), JournalError> {
    schema::remove(connection, IMPORT).map(drop)
}

/// Removes what was added of the list.
pub(super) fn discard_import(connection: &Connection) -> Result<(), JournalError> {
    if let Some(last) = schema::get(connection, IMPORT)? {
        connection.execute(
            "delete from payment where id > cast(?1 as integer) and status = 'waiting'",
            [last],
        )?;
        finish_import(connection)?;
    }
    Ok(())
}

/// Whatever waits may have been started elsewhere, or in changes that are lost.
pub(super) fn doubt_what_waits(connection: &Connection) -> Result<(), JournalError> {
    connection.execute(
        "update payment set status = 'started', started = ?1 where status = 'waiting'",
        [clock::now()],
    )?;
    Ok(())
}
