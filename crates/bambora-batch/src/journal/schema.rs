//! The tables of a journal, and what identifies the file.

use std::path::Path;

use bambora_core::Merchant;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::{Fault, JournalError};

/// The version of the tables below.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// "bmbJ": tells a journal from any other SQLite file.
pub(super) const APPLICATION_ID: i64 = 0x626d_624a;

/// Documented in the module and in docs/batch.md: change them together, and the version.
const TABLES: &str = "
create table meta (
    key text not null primary key,
    value text not null
) strict, without rowid;

create table payment (
    id integer primary key,
    reference text not null,
    operation text not null default 'cancel' check (operation in ('cancel', 'capture', 'refund')),
    amount integer check ((amount is null) = (operation = 'cancel')),
    key text check ((key is null) = (operation = 'cancel')),
    status text not null default 'waiting' check (
        status in ('waiting', 'started', 'refused', 'stuck')
        or (operation = 'cancel' and status = 'canceled')
        or (operation = 'capture' and status = 'captured')
        or (operation = 'refund' and status = 'refunded')
    ),
    checkpoint text,
    confirmation text,
    problem text,
    message text,
    attempts integer not null default 0,
    queries integer not null default 0,
    runs integer not null default 0,
    run integer not null default 0,
    added integer not null,
    started integer,
    finished integer
) strict;

create index payment_open on payment (id) where finished is null;
";

/// Apart from the tables, since a long list is added without it: one sort takes less time than a million insertions.
///
/// What a row is known by. A payment is canceled once, but may be captured or refunded several times: each time with a key of
/// its own.
pub(super) const UNIQUE_OPERATIONS: &str =
    "create unique index payment_operation on payment (reference, operation, ifnull(key, ''))";

/// Whose payments a journal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) base_url: String,
    pub(super) merchant: String,
}

impl From<&Merchant> for Owner {
    fn from(merchant: &Merchant) -> Self {
        Self { base_url: merchant.base_url.to_string(), merchant: merchant.number.as_str().to_owned() }
    }
}

impl Owner {
    /// Checks that the journal at `path`, which is this owner's, is the expected one's.
    pub(super) fn check(&self, expected: &Self, path: &Path) -> Result<(), JournalError> {
        if self.merchant != expected.merchant {
            return Err(JournalError::OtherMerchant {
                path: path.to_owned(),
                found: self.merchant.clone(),
                expected: expected.merchant.clone(),
            });
        }
        if self.base_url != expected.base_url {
            return Err(JournalError::OtherBaseUrl {
                path: path.to_owned(),
                found: self.base_url.clone(),
                expected: expected.base_url.clone(),
            });
        }
        Ok(())
    }
}

/// Makes an empty file a journal, in one transaction.
pub(super) fn create(connection: &mut Connection, owner: &Owner, file: Option<u64>) -> Result<(), Fault> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(UNIQUE_OPERATIONS)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    set(&transaction, "schema_version", &SCHEMA_VERSION.to_string())?;
    set(&transaction, "base_url", &owner.base_url)?;
    set(&transaction, "merchant", &owner.merchant)?;
    set(&transaction, "runs", "0")?;
    set_file(&transaction, file)?;
    transaction.commit()?;
    Ok(())
}

/// Reads whose payments the journal holds, if this program can read it at all.
pub(super) fn owner(connection: &Connection, path: &Path) -> Result<Owner, Fault> {
    let not_a_journal = || JournalError::NotAJournal { path: path.to_owned() };
    let version = get(connection, "schema_version")?.ok_or_else(not_a_journal)?;
    if version != SCHEMA_VERSION.to_string() {
        let path = path.to_owned();
        return Err(JournalError::OtherVersion { path, found: version, supported: SCHEMA_VERSION }.into());
    }
    Ok(Owner {
        base_url: get(connection, "base_url")?.ok_or_else(not_a_journal)?,
        merchant: get(connection, "merchant")?.ok_or_else(not_a_journal)?,
    })
}

/// Whether the journal is in the file that it was made in, not in a copy. `None` where files have no numbers.
pub(super) fn is_original(connection: &Connection, file: Option<u64>) -> Result<bool, Fault> {
    let recorded = get(connection, "file")?;
    Ok(match file {
        Some(file) => recorded.is_none_or(|recorded| recorded == file.to_string()),
        None => true,
    })
}

pub(super) fn set_file(connection: &Connection, file: Option<u64>) -> Result<(), Fault> {
    match file {
        Some(file) => set(connection, "file", &file.to_string()),
        None => remove(connection, "file"),
    }
}

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<String>, Fault> {
    Ok(connection
        .prepare_cached("select value from meta where key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(super) fn set(connection: &Connection, key: &str, value: &str) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "insert into meta (key, value) values (?1, ?2) on conflict do update set value = excluded.value",
        )?
        .execute(params![key, value])?;
    Ok(())
}

fn remove(connection: &Connection, key: &str) -> Result<(), Fault> {
    connection.prepare_cached("delete from meta where key = ?1")?.execute([key])?;
    Ok(())
}
