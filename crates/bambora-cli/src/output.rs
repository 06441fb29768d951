//! Where lines go: results to stdout, messages for people to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes one line of what became of a payment. A reader that went away does not change that, so it is said on stderr and the
/// exit code stays.
pub(crate) fn result(line: &dyn Display) {
    if let Err(error) = answer(line) {
        message(&format_args!("bambora: {error}; the result was: {line}"));
    }
}

/// Writes what was asked for, where that is all that the command does.
pub(crate) fn answer(text: &dyn Display) -> Result<(), Unwritable> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(Unwritable)
}

/// stdout takes nothing.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout: {0}")]
pub(crate) struct Unwritable(io::Error);

/// Writes one line for people. Where stderr is closed there is nobody to tell.
pub(crate) fn message(line: &dyn Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes one line of progress, where somebody is watching.
pub(crate) fn progress(line: &dyn Display) {
    if io::stderr().is_terminal() {
        message(line);
    }
}
