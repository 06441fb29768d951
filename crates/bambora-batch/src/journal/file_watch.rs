//! Notices that a file was removed, replaced or truncated while it was in use.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::error::JournalError;

/// The number that tells a file from all others of its file system, by whatever name it was opened.
#[cfg(unix)]
pub(super) fn file_number(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(metadata))
}

/// There is none in the standard library.
#[cfg(not(unix))]
pub(super) fn file_number(_: &Metadata) -> Option<u64> {
    None
}

/// A file as it was when it was last looked at. Neither the journal nor the file beside it shrinks while it is in use.
#[derive(Debug)]
pub(super) struct FileWatch {
    path: PathBuf,
    number: Option<u64>,
    length: u64,
}

impl FileWatch {
    pub(super) fn new(path: &Path) -> Result<Self, JournalError> {
        let metadata = fs::metadata(path).map_err(|_| lost(path))?;
        Ok(Self { path: path.to_owned(), number: file_number(&metadata), length: metadata.len() })
    }

    pub(super) fn check(&mut self) -> Result<(), JournalError> {
        let now = Self::new(&self.path)?;
        if now.number != self.number || now.length < self.length {
            return Err(lost(&self.path));
        }
        self.length = now.length;
        Ok(())
    }
}

fn lost(path: &Path) -> JournalError {
    JournalError::Lost { path: path.to_owned() }
}
