//! The file under a journal, which one process has open at a time.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::JournalError;
use super::file_watch::file_key;
use super::session::Header;

/// The files that journals of this process are open on.
///
/// SQLite's lock is one of the process's on the file. It ends as soon as any handle of this process to that file is
/// closed, so a second journal must be refused before it opens one.
static OPEN: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// A handle to the file, kept until after SQLite has closed its own.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    path: PathBuf,
    key: Option<(u64, u64)>,
}

impl OpenFile {
    /// Opens the file, and creates it if it may: for its owner alone to read and to write.
    pub(super) fn open(path: &Path, create: bool) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Open { path: path.to_owned(), source: Arc::new(source) };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if create {
            create_for_owner(path).map_err(failed)?;
        }
        let real = fs::canonicalize(path).map_err(failed)?;
        let metadata = fs::metadata(&real).map_err(failed)?;
        if !metadata.is_file() {
            return Err(JournalError::NotAJournal { path: path.to_owned() });
        }
        let key = file_key(&metadata);
        if key.is_some_and(|key| open.contains(&key)) {
            return Err(JournalError::InUse { path: path.to_owned() });
        }
        let file = File::open(&real).map_err(failed)?;
        if file_key(&file.metadata().map_err(failed)?) != key {
            return Err(failed(io::Error::other("it was replaced at that moment")));
        }
        if is_locked_by_another(&file) {
            return Err(JournalError::InUse { path: path.to_owned() });
        }
        open.extend(key);
        Ok(Self { file, path: real, key })
    }

    /// Without symbolic links, which SQLite would follow before it looks for the file beside it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the file that SQLite keeps the last changes in.
    pub(super) fn wal_path(&self) -> PathBuf {
        let mut path = OsString::from(&self.path);
        path.push("-wal");
        path.into()
    }

    pub(super) fn wal_length(&self) -> u64 {
        fs::metadata(self.wal_path()).map_or(0, |metadata| metadata.len())
    }

    pub(super) fn header(&self) -> Result<Option<Result<Header, super::session::NotSqlite>>, JournalError> {
        Header::read(&self.file)
            .map_err(|source| JournalError::Open { path: self.path.clone(), source: Arc::new(source) })
    }

    pub(super) fn number(&self) -> Option<u64> {
        self.key.map(|(_, number)| number)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // A process that is being started at this moment has the handle too, and would keep the lock for a while.
        let _ = self.file.unlock();
        if let Some(key) = self.key {
            OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
    }
}

/// Locks the file with a lock of this handle, which stays if another part of the program reads the file and closes it.
/// Where a file system has no such locks, SQLite's has to do.
#[cfg(target_os = "linux")]
fn is_locked_by_another(file: &File) -> bool {
    matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
}

/// Elsewhere this lock would exclude SQLite's own.
#[cfg(not(target_os = "linux"))]
fn is_locked_by_another(_: &File) -> bool {
    false
}

fn create_for_owner(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
