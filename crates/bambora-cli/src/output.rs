//! Writes results to stdout and messages for people to stderr, with nothing in them that a terminal could obey.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};

use bambora_core::Escaped;
use serde_json::Value;

use crate::exit_status::ExitStatus;

/// Writes what became of a payment. If stdout takes nothing, it goes to stderr, since the request cannot be taken back.
pub(crate) fn result(text: &str) -> ExitStatus {
    let Err(error) = write_lines(io::stdout().lock(), text) else {
        return ExitStatus::Done;
    };
    let instead = format!("bambora: cannot write to stdout: {error}; the result was: {text}");
    match write_lines(io::stderr().lock(), &instead) {
        Ok(()) => ExitStatus::Done,
        Err(_) => ExitStatus::Unwritten,
    }
}

/// Writes lines, if they are all that the command was asked for.
pub(crate) fn print(text: &str) -> ExitStatus {
    told(write_lines(io::stdout().lock(), text))
}

/// Writes a shell script of this program's own, as it is.
pub(crate) fn print_script(script: &[u8]) -> ExitStatus {
    let mut stdout = io::stdout().lock();
    told(stdout.write_all(script).and_then(|()| stdout.flush()))
}

fn told(written: io::Result<()>) -> ExitStatus {
    match written {
        Ok(()) => ExitStatus::Done,
        Err(error) => {
            message(&format!("bambora: cannot write to stdout: {error}"));
            ExitStatus::Unwritten
        }
    }
}

/// Writes one line for people. If stderr is closed, there is nobody to tell.
pub(crate) fn message(line: &str) {
    message_lines(&Escaped(line).to_string());
}

/// Writes lines for people.
pub(crate) fn message_lines(text: &str) {
    let _ = write_lines(io::stderr().lock(), text.trim_end());
}

/// Writes one line of progress, if somebody is watching.
pub(crate) fn progress(line: &str) {
    if io::stderr().is_terminal() {
        message(line);
    }
}

/// Writes at once, so that lines of other processes do not come between.
fn write_lines(mut to: impl Write, text: &str) -> io::Result<()> {
    let mut lines = String::with_capacity(text.len() + 1);
    for line in text.split('\n') {
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{}", Escaped(line));
    }
    to.write_all(lines.as_bytes())?;
    to.flush()
}

/// One line of JSON in ASCII.
pub(crate) fn json_line(value: &Value) -> String {
    let mut line = String::new();
    for character in value.to_string().chars() {
        if character == ' ' || character.is_ascii_graphic() {
            line.push(character);
        } else {
            // Only strings have others, and in a string an escape means the same.
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line
}

/// An error and its causes in one line.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut line = Escaped(error.to_string()).to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = Escaped(error.to_string()).to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line
}
