//! Writes results to stdout and messages for people to stderr, with nothing in them that a terminal could obey.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};

use bambora_core::Escaped;
use serde_json::{Value, json};

use crate::exit_status::ExitStatus;

/// Writes what became of a payment. If stdout takes nothing, it goes to stderr, since the request cannot be taken back.
pub(crate) fn result(text: &str) -> ExitStatus {
    match write_lines(io::stdout().lock(), text) {
        Ok(()) => ExitStatus::Done,
        Err(error) => {
            message_lines(&format!("cannot write to stdout: {error}; the result was: {text}"));
            ExitStatus::Unwritten
        }
    }
}

/// Writes lines, if they are all that the command was asked for.
pub(crate) fn print(text: &str) -> ExitStatus {
    told(write_lines(io::stdout().lock(), text))
}

/// Writes what is not for a terminal to show, as it is.
pub(crate) fn print_script(script: &[u8]) -> ExitStatus {
    let mut stdout = io::stdout().lock();
    told(stdout.write_all(script).and_then(|()| stdout.flush()))
}

/// Says if stdout did not take what the command was asked for.
pub(crate) fn told(written: io::Result<()>) -> ExitStatus {
    match written {
        Ok(()) => ExitStatus::Done,
        Err(error) => {
            message(&format!("cannot write to stdout: {error}"));
            ExitStatus::Unwritten
        }
    }
}

/// Writes one line for people. If stderr is closed, there is nobody to tell.
pub(crate) fn message(line: &str) {
    message_lines(&Escaped(line).to_string());
}

/// Writes lines for people, the first of which names this program.
pub(crate) fn message_lines(text: &str) {
    let _ = write_lines(io::stderr().lock(), &format!("bambora: {}", text.trim_end()));
}

/// Tells what is wrong with the command or its configuration, to programs too if they asked for JSON.
pub(crate) fn usage_error(text: &str) -> ExitStatus {
    message_lines(text);
    let written = match wants_json() {
        true => print(&json_line(&json!({ "status": "usage", "message": text.trim_end() }))),
        false => ExitStatus::Done,
    };
    ExitStatus::Usage.max(written)
}

/// Whether JSON was asked for, in a command that cannot be read.
fn wants_json() -> bool {
    let words: Vec<_> = env::args_os().take_while(|argument| argument != "--").collect();
    let is_json = |word: &OsString| word == "--format=json" || word.as_encoded_bytes().starts_with(b"--json");
    let mut pairs = words.iter().zip(words.iter().skip(1));
    words.iter().any(is_json) || pairs.any(|(option, value)| option == "--format" && value == "json")
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
