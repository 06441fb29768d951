//! A body that is one JSON object.

use serde::de::{DeserializeOwned, Error as _};
use serde_json::error::Category;

/// Reads `body` as one whole JSON object, with nothing but white space around it.
///
/// The check of the first character matters: serde reads a JSON array into a struct too, field by field.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let first = body.iter().find(|byte| !b" \t\r\n".contains(byte));
    match first {
        Some(b'{') => serde_json::from_slice(body),
        Some(_) => Err(serde_json::Error::custom("not a JSON object")),
        None => Err(serde_json::Error::custom("empty")),
    }
}

/// What is wrong with a body and where, without any of its content: serde quotes the value that it did not expect, which may
/// be a card number.
pub(crate) fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These two name a field of ours.
    let names_a_field = ["missing field ", "duplicate field "]
        .iter()
        .any(|beginning| text.starts_with(beginning));
    if names_a_field || error.line() == 0 {
        return text;
    }
    let what = match error.classify() {
        Category::Io | Category::Syntax => "not JSON",
        Category::Data => "a member is not of a type that it may have",
        Category::Eof => "it breaks off",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}
