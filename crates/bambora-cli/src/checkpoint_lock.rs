//! One process at a time works on a checkpoint file: two would each write what they know over what the other knows.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

/// The right to work on a checkpoint file, which the operating system takes back when the process ends, however it ends. It
/// lies on a file beside, since the checkpoint file itself is replaced with each change.
pub(crate) struct CheckpointLock {
    path: PathBuf,
    _locked: File,
}

impl CheckpointLock {
    /// Takes it. `None` where another process has it.
    pub(crate) fn take(checkpoints: &Path) -> io::Result<Option<Self>> {
        let mut name = OsString::from(checkpoints);
        name.push(".lock");
        let path = PathBuf::from(name);
        loop {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Who had it before may have removed the file in between: then it locks nobody out.
            if is_at(&file, &path)? {
                return Ok(Some(Self {
                    path,
                    _locked: file,
                }));
            }
        }
    }
}

impl Drop for CheckpointLock {
    fn drop(&mut self) {
        // Left behind, it does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let here = match fs::metadata(path) {
        Ok(here) => here,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let locked = file.metadata()?;
    Ok((here.dev(), here.ino()) == (locked.dev(), locked.ino()))
}

/// Elsewhere, a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}
