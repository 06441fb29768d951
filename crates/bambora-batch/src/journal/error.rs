//! What can go wrong with a journal, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bambora_core::{Amount, PaymentReference};
use rusqlite::ErrorCode;

use crate::order::Order;

/// The journal could not be opened, read or written.
///
/// After an error of [`Self::stops_the_journal`] nothing is written any more, so nothing may be sent either.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be opened or created.
    #[error("cannot open the journal {path}: {source}")]
    #[non_exhaustive]
    Open {
        /// The path that was given.
        path: PathBuf,
        /// What the operating system says.
        source: Arc<io::Error>,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the journal {path} or its folder cannot be written by this user, which SQLite needs even to read it: get write \
         permission for both; or copy the journal, and look at the copy with sqlite3 -readonly"
    )]
    #[non_exhaustive]
    ReadOnly {
        /// The path that was given.
        path: PathBuf,
    },
    /// The file is something else.
    #[error(
        "{path} is not a journal, and it was not changed: give the path of a journal, or of a file that does not exist \
         yet"
    )]
    #[non_exhaustive]
    NotAJournal {
        /// The journal's path.
        path: PathBuf,
    },
    /// Another process, or another [`Journal`](crate::Journal) of this one, has it open.
    #[error("the journal {path} is in use, perhaps under another name: wait until the other program has ended")]
    #[non_exhaustive]
    InUse {
        /// The journal's path.
        path: PathBuf,
    },
    /// The journal holds payments of another merchant.
    #[error(
        "the journal {path} is of merchant {found}, not of {expected}: use the credentials of merchant {found}, or \
         another journal"
    )]
    #[non_exhaustive]
    OtherMerchant {
        /// The journal's path.
        path: PathBuf,
        /// The merchant number in the journal.
        found: String,
        /// The merchant number that was given.
        expected: String,
    },
    /// The journal holds payments of another base URL.
    #[error("the journal {path} is of {found}, not of {expected}: use the base URL {found}, or another journal")]
    #[non_exhaustive]
    OtherBaseUrl {
        /// The journal's path.
        path: PathBuf,
        /// The base URL in the journal.
        found: String,
        /// The base URL that was given.
        expected: String,
    },
    /// The journal was written by another version of this crate.
    #[error(
        "the journal {path} has schema version {found}, and this program reads version {supported}: finish it with the \
         version that began it"
    )]
    #[non_exhaustive]
    OtherVersion {
        /// The journal's path.
        path: PathBuf,
        /// The version in the journal.
        found: String,
        /// The version that this crate reads.
        supported: u32,
    },
    /// The file is a copy, or was moved to another file system.
    #[error(
        "{path} is a copy of a journal, or was moved to another file system, and the original may be in use: go on with the \
         original, or adopt this one if nobody will use the original again"
    )]
    #[non_exhaustive]
    Copied {
        /// The journal's path.
        path: PathBuf,
    },
    /// The journal was not closed, and the file with its last changes is not beside it.
    #[error(
        "the journal {path} was not closed, and its last changes are not in {wal}: open it by the name that it was \
         used by, or put that file back; adopt the journal if the file is lost or was merged by another program"
    )]
    #[non_exhaustive]
    WalMissing {
        /// The journal's path.
        path: PathBuf,
        /// Where its last changes should be.
        wal: PathBuf,
    },
    /// The file beside the journal holds changes that are older than the journal.
    #[error("{wal} is older than the journal {path} that it lies beside: move it away")]
    #[non_exhaustive]
    WalStale {
        /// The journal's path.
        path: PathBuf,
        /// The file that is older.
        wal: PathBuf,
    },
    /// The journal was removed, replaced or truncated while it was in use.
    #[error(
        "{path} was removed, replaced or truncated while the journal was in use: put it back, then go on with the \
         journal"
    )]
    #[non_exhaustive]
    Lost {
        /// The file that is not what it was.
        path: PathBuf,
    },
    /// There is no room for the journal's next change. The journal is as it was before.
    #[error("no room is left for the journal: free some, then go on with the journal")]
    DiskFull,
    /// The journal cannot be read or written.
    #[error("the journal cannot be read or written: {source}")]
    #[non_exhaustive]
    Storage {
        /// What the storage says.
        source: StorageError,
    },
    /// The row is not, or no longer, being worked on.
    #[error("the journal has payment {reference} as {status}, so nothing was changed")]
    #[non_exhaustive]
    NotStarted {
        /// The payment.
        reference: PaymentReference,
        /// Its status.
        status: String,
    },
    /// The key stands for another amount.
    #[error(
        "the journal has this key for {amount} minor units, so nothing was added: give the {order} a key of its own, or ask for \
         what its key stands for"
    )]
    #[non_exhaustive]
    KeyUsed {
        /// What was asked for.
        order: Order,
        /// The amount that the key stands for.
        amount: Amount,
    },
    /// The outcome is one of another operation.
    #[error("the {order} cannot be recorded as {status}, so nothing was changed")]
    #[non_exhaustive]
    OtherOperation {
        /// What the row asks for.
        order: Order,
        /// What it was to be recorded as.
        status: String,
    },
    /// The journal was closed.
    #[error("the journal is closed: open it again")]
    Closed,
}

/// What the storage under the journal says.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct StorageError(Arc<rusqlite::Error>);

impl StorageError {
    /// Whether something is not permitted that SQLite does when it opens a file: it writes beside it.
    fn is_about_permission(&self) -> bool {
        matches!(self.0.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
    }
}

impl JournalError {
    /// Returns `true` if nothing can be written any more until the journal is opened again.
    ///
    /// After [`DiskFull`](Self::DiskFull) the next change may succeed.
    #[must_use]
    pub fn stops_the_journal(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Storage { .. } | Self::Closed)
    }

    /// Names the journal that was to be opened, if it could only be read.
    pub(super) fn on_opening(self, path: &Path) -> Self {
        match &self {
            Self::Storage { source } if source.is_about_permission() => Self::ReadOnly { path: path.to_owned() },
            _ => self,
        }
    }

    /// Whether the changes that were to be committed together are all undone, not only the one that failed.
    pub(super) fn undoes_the_commit(&self) -> bool {
        self.stops_the_journal() || matches!(self, Self::DiskFull)
    }
}

/// What the journal's own code fails with: SQLite's errors become the journal's without showing in its public interface.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum Fault {
    Journal(#[from] JournalError),
    Sqlite(#[from] rusqlite::Error),
}

impl From<Fault> for JournalError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Journal(error) => error,
            Fault::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Self::DiskFull,
            Fault::Sqlite(error) => Self::Storage { source: StorageError(Arc::new(error)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> JournalError {
        Fault::from(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)).into()
    }

    #[test]
    fn what_may_not_be_written_is_told_when_it_is_opened() {
        use rusqlite::ffi::{SQLITE_CANTOPEN, SQLITE_IOERR_READ, SQLITE_READONLY};

        for (code, is_told) in [(SQLITE_READONLY, true), (SQLITE_CANTOPEN, true), (SQLITE_IOERR_READ, false)] {
            let error = sqlite(code).on_opening(Path::new("night.journal"));
            assert_eq!(matches!(error, JournalError::ReadOnly { .. }), is_told, "{error}");
        }
    }

    #[test]
    fn a_full_disk_undoes_all_changes_of_a_commit() {
        assert!(JournalError::DiskFull.undoes_the_commit());
        assert!(sqlite(rusqlite::ffi::SQLITE_IOERR_WRITE).undoes_the_commit());
        let one = JournalError::NotStarted { reference: "ORDER-1".parse().unwrap(), status: "waiting".to_owned() };
        assert!(!one.undoes_the_commit());
    }

    #[test]
    fn only_a_full_disk_is_told_apart_and_may_pass() {
        assert!(matches!(sqlite(rusqlite::ffi::SQLITE_FULL), JournalError::DiskFull));
        assert!(!JournalError::DiskFull.stops_the_journal());
        for code in
            [rusqlite::ffi::SQLITE_IOERR_WRITE, rusqlite::ffi::SQLITE_IOERR_FSYNC, rusqlite::ffi::SQLITE_CORRUPT]
        {
            assert!(sqlite(code).stops_the_journal(), "{code}");
        }
    }
}
