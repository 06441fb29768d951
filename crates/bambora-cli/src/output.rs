//! Where lines go: results to stdout, messages for people to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes one line of result. A reader that went away does not change what became of the payment, so that is said on stderr
/// and the exit code stays.
pub(crate) fn result(line: &dyn Display) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        message(&format_args!(
            "bambora: cannot write the result to stdout ({error}); it was: {line}"
        ));
    }
}

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
