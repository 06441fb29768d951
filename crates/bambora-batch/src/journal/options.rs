//! How a journal is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bambora_core::Merchant;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{Fault, JournalError};
use super::handle::Journal;
use super::open_file::OpenFile;
use super::schema::{self, APPLICATION_ID, Owner};
use super::session::{self, WalFault};
use super::taking;
use super::writer::OpenJournal;

/// Opens a journal.
///
/// ```no_run
/// # fn main() -> Result<(), bambora_batch::JournalError> {
/// use bambora_batch::JournalOptions;
///
/// // An existing journal of whichever merchant, to look at.
/// let journal = JournalOptions::new().open("night.journal")?;
/// println!("{}", journal.counts().wait()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct JournalOptions {
    owner: Option<Owner>,
    create: bool,
    adopt: bool,
}

impl JournalOptions {
    /// Opens existing journals of any merchant.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens journals of this merchant only.
    #[must_use]
    pub fn owner(mut self, merchant: &Merchant) -> Self {
        self.owner = Some(Owner::from(merchant));
        self
    }

    /// Creates the journal if there is no such file. It needs an [`owner`](Self::owner).
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens a journal that is a copy or a restored backup, or whose last changes are lost. Every row that waits is in doubt
    /// then, since it may have been started: the next run queries it first, and sends no capture or refund for it.
    ///
    /// Any other copy is refused without this, but a backup that was written over the original is the original's file, and
    /// cannot be told from it: always adopt a backup.
    ///
    /// Adopt a copy only if nobody uses the original again.
    #[must_use]
    pub fn adopt(mut self, adopt: bool) -> Self {
        self.adopt = adopt;
        self
    }

    /// Opens the journal. This blocks for a few disk accesses.
    ///
    /// # Errors
    ///
    /// Why this file cannot be used as a journal; see [`JournalError`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Journal, JournalError> {
        let path = path.as_ref();
        self.open_at(path).map_err(|error| error.on_opening(path))
    }

    fn open_at(&self, path: &Path) -> Result<Journal, JournalError> {
        let file = OpenFile::open(path, self.create && self.owner.is_some())?;
        let (connection, owner) = self.connect(path, &file)?;
        let mut journal = OpenJournal::new(file, connection);
        if self.adopt {
            journal.adopt(taking::doubt_what_was_not_sent)?;
        }
        Journal::new(path, owner, journal)
    }

    fn connect(&self, path: &Path, file: &OpenFile) -> Result<(Connection, Owner), Fault> {
        let not_a_journal = || JournalError::NotAJournal { path: path.to_owned() };
        match file.header()? {
            Some(Ok(header)) if header.application_id == APPLICATION_ID => {}
            // An empty file, which becomes a journal below if its owner is known.
            None => {}
            _ => return Err(not_a_journal().into()),
        }
        let wal_length = file.wal_length();
        let mut connection = connect(file.path()).map_err(|error| in_use_or_other(path, error))?;
        // SQLite opens a file that it may not write all the same.
        if connection.is_readonly("main")? {
            return Err(JournalError::ReadOnly { path: path.to_owned() }.into());
        }
        lock(&connection).map_err(|error| in_use_or_other(path, error))?;
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        if pages == 0 {
            let owner = self.owner.clone().ok_or_else(not_a_journal)?;
            schema::create(&mut connection, &owner, file.number())?;
        }
        let in_file = file.header()?.and_then(Result::ok).ok_or_else(not_a_journal)?;
        let fault = session::check(in_file.session, session::current(&connection)?, wal_length);
        let wal = file.wal_path();
        if fault == Err(WalFault::Stale) {
            return Err(wal_fault(path, wal, WalFault::Stale).into());
        }
        let owner = schema::owner(&connection, path)?;
        if let Some(expected) = &self.owner {
            owner.check(expected, path)?;
        }
        if !self.adopt {
            if !schema::is_original(&connection, file.number())? {
                return Err(JournalError::Copied { path: path.to_owned() }.into());
            }
            fault.map_err(|fault| wal_fault(path, wal, fault))?;
        }
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(not_a_journal().into());
        }
        Ok((connection, owner))
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// Locks the file itself: whatever its name, no other process can read or write it as long as this has it.
fn lock(connection: &Connection) -> rusqlite::Result<()> {
    // What is beside the file is not merged before it is known to belong to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Elsewhere than on macOS these do nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(Some("temp"), "cache_size", -TEMPORARY_CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("begin exclusive; rollback")
}

/// What SQLite may keep of the file in memory.
const CACHE_KIB: i64 = 1_024;

/// The same for a list on its way in, which is written once and read once.
const TEMPORARY_CACHE_KIB: i64 = 128;

/// How much is in the file beside the journal before SQLite merges it. The same pages change again and again.
const CHECKPOINT_PAGES: u32 = 4_000;

fn in_use_or_other(path: &Path, error: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::InUse { path },
        Some(ErrorCode::NotADatabase) => JournalError::NotAJournal { path },
        _ => Fault::from(error).into(),
    }
}

fn wal_fault(path: &Path, wal: PathBuf, fault: WalFault) -> JournalError {
    let path = path.to_owned();
    match fault {
        WalFault::Missing => JournalError::WalMissing { path, wal },
        WalFault::Stale => JournalError::WalStale { path, wal },
    }
}

impl Journal {
    /// Opens the journal of this merchant, and creates it if there is no such file. This blocks for a few disk accesses.
    /// See [`JournalOptions`] for more.
    ///
    /// # Errors
    ///
    /// Why this file cannot be used as a journal; see [`JournalError`].
    pub fn open(path: impl AsRef<Path>, merchant: &Merchant) -> Result<Self, JournalError> {
        JournalOptions::new().owner(merchant).create(true).open(path)
    }
}
