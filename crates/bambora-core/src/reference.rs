//! The merchant's identifier of a payment.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::text_type::text_type;

/// Everything but the characters that RFC 3986 calls unreserved, so that no stack between here and the server finds
/// anything in the segment to reinterpret.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes `text` as exactly one path segment or one query value.
pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, SEGMENT)
}

/// The merchant's own identifier of a payment, chosen when the payment was made and unique for the merchant.
///
/// 1 to 2,000 characters (Unicode scalar values, as the API documents the limit in characters), not `.` or `..`, no
/// control characters. Slashes, percent signs, blanks and any script are allowed; no document rules them out. The text
/// is kept as given, neither trimmed nor normalized, and is percent-encoded as a single path segment when a request is
/// built. A clone shares the text.
///
/// ```
/// use bambora_core::PaymentReference;
///
/// let reference: PaymentReference = "ORDER-1001".parse()?;
/// assert_eq!(reference.as_str(), "ORDER-1001");
/// assert!(PaymentReference::new("..").is_err());
/// # Ok::<(), bambora_core::errors::InvalidReference>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentReference(Arc<str>);

impl PaymentReference {
    /// The maximum length that the API accepts, in characters.
    pub const MAX_CHARACTERS: usize = 2_000;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidReference`] names the rule that `text` breaks.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidReference> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidReference::Empty);
        }
        if text == "." || text == ".." {
            return Err(InvalidReference::DotSegment);
        }
        let mut characters = 0;
        for (position, character) in text.chars().enumerate() {
            if character.is_control() {
                return Err(InvalidReference::ControlCharacter { position, character });
            }
            characters = position + 1;
        }
        if characters > Self::MAX_CHARACTERS {
            return Err(InvalidReference::TooLong { characters });
        }
        Ok(Self(text.into()))
    }

    /// Returns the reference as the merchant wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(PaymentReference, InvalidReference);

impl TryFrom<&str> for PaymentReference {
    type Error = InvalidReference;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl AsRef<str> for PaymentReference {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a [`PaymentReference`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReference {
    /// There is no text.
    #[error("the payment reference is empty: give the reference that the payment was made with")]
    Empty,
    /// The text has more than [`PaymentReference::MAX_CHARACTERS`] characters.
    #[error(
        "the payment reference has {characters} characters, and the API accepts at most {max}: \
         give the reference that the payment was made with",
        max = PaymentReference::MAX_CHARACTERS
    )]
    #[non_exhaustive]
    TooLong {
        /// How many characters the text has.
        characters: usize,
    },
    /// The text is `.` or `..`, which HTTP stacks resolve as a step in the path, so that another resource is asked for.
    #[error(
        "a payment reference cannot be \".\" or \"..\": HTTP treats them as steps in a path, \
         so the request would reach another resource"
    )]
    DotSegment,
    /// The text has a control character, a line break for example.
    #[error(
        "the payment reference has a control character (U+{code:04X}, after {position} characters): \
         look for a line break or a tab that came along with it",
        code = u32::from(*.character)
    )]
    #[non_exhaustive]
    ControlCharacter {
        /// How many characters stand before it.
        position: usize,
        /// The control character.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn only_unreserved_characters_stay_as_they_are() {
        let encoded = encode("aZ09-._~/%?#@:& é🙂+").to_string();
        assert_eq!(encoded, "aZ09-._~%2F%25%3F%23%40%3A%26%20%C3%A9%F0%9F%99%82%2B");
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(PaymentReference::new("é".repeat(2_000)).is_ok());
        assert_eq!(PaymentReference::new("é".repeat(2_001)), Err(InvalidReference::TooLong { characters: 2_001 }));
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (text, part) in [
            ("", "is empty"),
            (".", "steps in a path"),
            ("..", "steps in a path"),
            ("ORDER-1\n", "U+000A, after 7 characters"),
            ("a\u{7f}", "U+007F"),
            ("a\u{85}", "U+0085"),
            ("\0", "U+0000"),
        ] {
            let error = PaymentReference::new(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
            assert!(!error.contains('\n'), "{error:?}");
        }
    }

    #[test]
    fn dots_are_refused_only_where_they_are_a_whole_step() {
        for text in ["...", ".a", "a.", "../", "%2e%2e", "./."] {
            assert!(PaymentReference::new(text).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_refused_or_survives_encoding(text in any::<String>()) {
            if let Ok(reference) = PaymentReference::new(text.clone()) {
                prop_assert_eq!(reference.as_str(), &text);
                let encoded = encode(&text).to_string();
                prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
                prop_assert_eq!(percent_decode_str(&encoded).decode_utf8().unwrap(), text);
            }
        }
    }
}
