//! Notices that a file was removed, replaced or truncated while it was in use.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::error::JournalError;

/// The numbers that tell a file from all others, by whatever name it was opened: its file system's, and its own.
#[cfg(unix)]
pub(super) fn file_key(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

/// There are none in the standard library. SQLite's locks are those of one handle then, and it refuses the second by itself.
#[cfg(not(unix))]
pub(super) fn file_key(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// A file as it was when it was last looked at. Neither the journal nor the file beside it shrinks while it is in use.
#[derive(Debug)]
pub(super) struct FileWatch {
    path: PathBuf,
    key: Option<(u64, u64)>,
    length: u64,
}

impl FileWatch {
    pub(super) fn new(path: &Path) -> Result<Self, JournalError> {
        let metadata = fs::metadata(path).map_err(|_| lost(path))?;
        Ok(Self { path: path.to_owned(), key: file_key(&metadata), length: metadata.len() })
    }

    pub(super) fn check(&mut self) -> Result<(), JournalError> {
        let now = Self::new(&self.path)?;
        if now.key != self.key || now.length < self.length {
            return Err(lost(&self.path));
        }
        self.length = now.length;
        Ok(())
    }
}

fn lost(path: &Path) -> JournalError {
    JournalError::Lost { path: path.to_owned() }
}
