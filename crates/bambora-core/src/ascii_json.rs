//! JSON in ASCII.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// Writes `value` as one line of JSON in ASCII: whatever a merchant put into it, it can be printed to a terminal.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, value: &impl Serialize) -> fmt::Result {
    let text = serde_json::to_string(value).map_err(|_| fmt::Error)?;
    // Only strings have other characters than printable ASCII, and in a string an escape means the same.
    for character in text.chars() {
        if character == ' ' || character.is_ascii_graphic() {
            f.write_char(character)?;
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(f, "\\u{unit:04x}")?;
            }
        }
    }
    Ok(())
}
