//! A body that is one JSON object.

use serde::de::{DeserializeOwned, Error as _};

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
