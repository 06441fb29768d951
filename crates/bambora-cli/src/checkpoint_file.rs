//! What is unresolved, in a file that is always whole: one checkpoint per line.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bambora_core::{Checkpoint, PaymentReference};
use tempfile::NamedTempFile;

use crate::checkpoint_lock::CheckpointLock;

/// The file, and what it holds. It exists as long as something is unresolved, and nobody else works on it meanwhile.
pub(crate) struct CheckpointFile {
    path: PathBuf,
    unresolved: Vec<Checkpoint>,
    _lock: CheckpointLock,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointFileError {
    #[error(
        "the checkpoint file {path} exists and may hold unresolved cancels: carry them through with `bambora resume \
         {path}` first, or name another file",
        path = .0.display()
    )]
    Exists(PathBuf),
    #[error(
        "another process is working on the checkpoint file {}: wait until it ends, or name another file",
        .0.display()
    )]
    Taken(PathBuf),
    #[error("cannot write the checkpoint file {}: {error}", .path.display())]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("cannot read the checkpoint file {}: {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("line {line} of the checkpoint file {}: {error}", .path.display())]
    Line {
        path: PathBuf,
        line: usize,
        error: bambora_core::InvalidCheckpoint,
    },
    #[error(
        "the checkpoint file {} names {reference} twice: take the older of the two lines out",
        .path.display()
    )]
    Twice {
        path: PathBuf,
        reference: PaymentReference,
    },
    #[error("the checkpoint file {} is empty: there is nothing to resume", .0.display())]
    Empty(PathBuf),
}

impl CheckpointFile {
    /// Makes the file. One that exists is somebody's unresolved work, and is left alone.
    pub(crate) fn create(
        path: &Path,
        unresolved: Vec<Checkpoint>,
    ) -> Result<Self, CheckpointFileError> {
        let file = Self {
            path: path.to_owned(),
            unresolved,
            _lock: lock(path, |path, error| CheckpointFileError::Unwritable {
                path,
                error,
            })?,
        };
        let persisted = file
            .write_beside()
            .and_then(|beside| Ok(beside.persist_noclobber(path)?));
        match persisted {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(CheckpointFileError::Exists(file.path));
            }
            Err(error) => return Err(file.unwritable(error)),
        }
        file.sync_directory()
            .map_err(|error| file.unwritable(error))?;
        Ok(file)
    }

    /// Reads a file that was left, or that checkpoints were put into by hand.
    pub(crate) fn open(path: &Path) -> Result<Self, CheckpointFileError> {
        let unreadable = |path, error| CheckpointFileError::Unreadable { path, error };
        // Before there is a lock beside it: a file that is not there needs none.
        File::open(path).map_err(|error| unreadable(path.to_owned(), error))?;
        let lock = lock(path, unreadable)?;
        let text = fs::read_to_string(path).map_err(|error| unreadable(path.to_owned(), error))?;
        Ok(Self {
            path: path.to_owned(),
            unresolved: read(path, &text)?,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn unresolved(&self) -> &[Checkpoint] {
        &self.unresolved
    }

    /// Replaces what the file says of one payment. It is on the disk when this returns.
    pub(crate) fn update(&mut self, checkpoint: Checkpoint) -> Result<(), CheckpointFileError> {
        let reference = checkpoint.reference();
        if let Some(old) = self
            .unresolved
            .iter_mut()
            .find(|old| old.reference() == reference)
        {
            *old = checkpoint;
        }
        self.write()
    }

    /// Takes one payment out. The last one takes the file with it.
    pub(crate) fn resolve(
        &mut self,
        reference: &PaymentReference,
    ) -> Result<(), CheckpointFileError> {
        self.unresolved
            .retain(|checkpoint| checkpoint.reference() != reference);
        if self.unresolved.is_empty() {
            return match fs::remove_file(&self.path) {
                // Somebody was quicker.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed.map_err(|error| self.unwritable(error)),
            };
        }
        self.write()
    }

    fn write(&self) -> Result<(), CheckpointFileError> {
        self.write_beside()
            .and_then(|beside| Ok(beside.persist(&self.path)?))
            .and_then(|_| self.sync_directory())
            .map_err(|error| self.unwritable(error))
    }

    /// A new file beside the old one, for its owner alone, and on the disk: a crash leaves the one or the other whole.
    fn write_beside(&self) -> io::Result<NamedTempFile> {
        let mut beside = tempfile::Builder::new()
            .prefix(".bambora-checkpoint-")
            .tempfile_in(self.directory())?;
        for checkpoint in &self.unresolved {
            writeln!(beside, "{checkpoint}")?;
        }
        beside.as_file().sync_all()?;
        Ok(beside)
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// The new name is on the disk too.
    fn sync_directory(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(self.directory())?.sync_all()?;
        }
        Ok(())
    }

    fn unwritable(&self, error: io::Error) -> CheckpointFileError {
        CheckpointFileError::Unwritable {
            path: self.path.clone(),
            error,
        }
    }
}

fn lock(
    path: &Path,
    failed: impl Fn(PathBuf, io::Error) -> CheckpointFileError,
) -> Result<CheckpointLock, CheckpointFileError> {
    CheckpointLock::take(path)
        .map_err(|error| failed(path.to_owned(), error))?
        .ok_or_else(|| CheckpointFileError::Taken(path.to_owned()))
}

/// One checkpoint for each line that is not blank, and none for the same payment twice.
fn read(path: &Path, text: &str) -> Result<Vec<Checkpoint>, CheckpointFileError> {
    let mut unresolved = Vec::<Checkpoint>::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let checkpoint: Checkpoint = line.parse().map_err(|error| CheckpointFileError::Line {
            path: path.to_owned(),
            line: index + 1,
            error,
        })?;
        let reference = checkpoint.reference();
        if unresolved
            .iter()
            .any(|other| other.reference() == reference)
        {
            return Err(CheckpointFileError::Twice {
                path: path.to_owned(),
                reference: reference.clone(),
            });
        }
        unresolved.push(checkpoint);
    }
    if unresolved.is_empty() {
        return Err(CheckpointFileError::Empty(path.to_owned()));
    }
    Ok(unresolved)
}
