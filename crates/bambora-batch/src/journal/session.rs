//! Which state of the journal is in its file, and whether the file beside it belongs to it.
//!
//! SQLite keeps the last changes in a second file, FILE-wal, which it finds by name. After a crash, a journal that is
//! opened by another name, or that is moved without that file, would be without its last changes, and a payment that was
//! started would wait again. So each time the journal is used is numbered, in the header of the file itself: odd while
//! it is in use, even once it was closed. The number that is in the file is compared to the one that SQLite sees.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use rusqlite::Connection;

use super::error::Fault;

/// The header of an SQLite file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) session: i64,
    pub(super) application_id: i64,
}

impl Header {
    /// `None` if the file is empty.
    pub(super) fn read(mut file: &File) -> io::Result<Option<Result<Self, NotSqlite>>> {
        let mut bytes = Vec::with_capacity(100);
        file.seek(SeekFrom::Start(0))?;
        file.take(100).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(i64::from(i32::from_be_bytes(bytes)))
        };
        let header = bytes
            .starts_with(b"SQLite format 3\0")
            .then(|| Some(Self { session: number(60)?, application_id: number(68)? }))
            .flatten();
        Ok(Some(header.ok_or(NotSqlite)))
    }
}

/// The file has no such header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotSqlite;

/// What is wrong between a journal and the file beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WalFault {
    Missing,
    Stale,
}

/// Compares the number in the file to the one that SQLite sees, which is from the file beside it if that has one.
pub(super) fn check(in_file: i64, seen: i64, wal_length: u64) -> Result<(), WalFault> {
    let in_use = in_file % 2 == 1;
    if seen < in_file {
        Err(WalFault::Stale)
    } else if in_use && wal_length == 0 {
        // It is never empty while the journal is in use: see `begin`.
        Err(WalFault::Missing)
    } else {
        Ok(())
    }
}

pub(super) fn current(connection: &Connection) -> Result<i64, Fault> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Makes the journal one that is in use, and returns the number. The file beside it keeps what is copied from it here, so
/// that it is not empty.
pub(super) fn begin(connection: &Connection) -> Result<i64, Fault> {
    let last = current(connection)?;
    let session = last + 1 + last % 2;
    connection.pragma_update(None, "user_version", session)?;
    checkpoint(connection, "full")?;
    Ok(session)
}

/// Begins a transaction whose changes can be told from those of other sessions: SQLite may have begun the file beside the
/// journal anew since the last.
pub(super) fn begin_transaction(connection: &Connection, session: i64) -> Result<(), Fault> {
    connection.execute_batch("begin immediate")?;
    Ok(connection.pragma_update(None, "user_version", session)?)
}

/// Makes the journal one that was closed, complete without the file beside it.
pub(super) fn end(connection: &Connection) -> Result<(), Fault> {
    let last = current(connection)?;
    connection.pragma_update(None, "user_version", last + 1)?;
    checkpoint(connection, "truncate")
}

fn checkpoint(connection: &Connection, mode: &str) -> Result<(), Fault> {
    let blocked: bool = connection.query_row(&format!("pragma wal_checkpoint({mode})"), [], |row| row.get(0))?;
    if blocked {
        // Nobody else can have the file open, so this is not the file that was locked.
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_process_can_be_told_from_a_file_that_is_missing_or_old() {
        for (in_file, seen, wal_length, expected) in [
            (0, 0, 0, Ok(())),                 // Closed.
            (0, 1, 99, Ok(())),                // Ended before the file had the number.
            (1, 1, 99, Ok(())),                // Ended in use.
            (1, 2, 99, Ok(())),                // Ended while it was closed.
            (2, 2, 99, Ok(())),                // Ended before the file beside it was emptied.
            (1, 1, 0, Err(WalFault::Missing)), // Opened by another name.
            (2, 1, 99, Err(WalFault::Stale)),  // Gone on with by another name, and closed.
            (3, 1, 99, Err(WalFault::Stale)),  // Gone on with by another name, and in use.
        ] {
            assert_eq!(check(in_file, seen, wal_length), expected, "{in_file} {seen} {wal_length}");
        }
    }
}
