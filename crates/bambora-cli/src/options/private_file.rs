//! Files that nobody else can read.

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens the file, unless others can read it.
pub(super) fn open(path: &Path) -> Result<File, Box<dyn Error>> {
    // Before it is opened: opening a pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err("it is not a file".into());
    }
    let file = File::open(path)?;
    if is_open_to_others(&file)? {
        return Err("it can be read by others: make it yours alone with chmod 600".into());
    }
    Ok(file)
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}
