//! The text of a checkpoint: one line of JSON in ASCII, with a version.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::base_url::BaseUrl;
use crate::credential_parts::MerchantNumber;
use crate::merchant::Merchant;
use crate::strict_json;

/// Returns the value of a checkpoint's member, or why it is not valid.
pub(crate) fn valid<T>(member: &'static str, value: Result<T, impl Display>) -> Result<T, InvalidCheckpoint> {
    value.map_err(|error| InvalidCheckpoint::Value { member, reason: error.to_string() })
}

/// Returns the merchant that a checkpoint names.
pub(crate) fn merchant(base_url: &str, number: String) -> Result<Merchant, InvalidCheckpoint> {
    // The flow that wrote it was allowed to speak to this address.
    let base_url = BaseUrl::dangerously_allow_cleartext_credentials(base_url);
    Ok(Merchant::new(valid("base URL", base_url)?, valid("merchant number", MerchantNumber::new(number))?))
}

/// Reads a record if `member` of it is the version `known`. What another version looks like is its own business.
pub(crate) fn read<R: DeserializeOwned>(text: &str, member: &str, known: u32) -> Result<R, InvalidCheckpoint> {
    let unreadable = |detail| InvalidCheckpoint::Unreadable { detail };
    let members: Map<String, Value> = strict_json::read(text.as_bytes()).map_err(unreadable)?;
    let version = members.get(member).and_then(Value::as_u64).and_then(|version| version.try_into().ok());
    match version {
        Some(version) if version == known => strict_json::read(text.as_bytes()).map_err(unreadable),
        Some(version) => Err(InvalidCheckpoint::OtherVersion { version, known }),
        None => Err(unreadable(format!("it has no `{member}`"))),
    }
}

/// Writes `record` in ASCII: whatever a merchant put into it, it can be printed to a terminal.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, record: &impl Serialize) -> fmt::Result {
    let text = serde_json::to_string(record).map_err(|_| fmt::Error)?;
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

/// Why a text is not a [`Checkpoint`](crate::Checkpoint) or [`PostingCheckpoint`](crate::posting::PostingCheckpoint).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCheckpoint {
    /// It is cut, or something else altogether.
    #[error("this is not such a checkpoint, or only a part of one ({detail}): query the payment to learn its state")]
    #[non_exhaustive]
    Unreadable {
        /// What is wrong with it, and where.
        detail: String,
    },
    /// Another version of this library wrote it.
    #[error(
        "the checkpoint has version {version}, and this program knows version {known} only: resume it with the program that \
         wrote it"
    )]
    #[non_exhaustive]
    OtherVersion {
        /// The version in the text.
        version: u32,
        /// The version that this program knows.
        known: u32,
    },
    /// One of its values is not valid.
    #[error("the checkpoint's {member} is not valid: {reason}")]
    #[non_exhaustive]
    Value {
        /// The value's name.
        member: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}
