//! The three parts of a merchant's credentials, each with a type of its own.

use crate::secret::Secret;
use crate::text_type::text_type;

/// The merchant number that Bambora issues at registration.
///
/// 1 to 256 characters; no colon, no `@` and no control character, because `token@number:secret` must be readable in one way
/// only. No document states a maximum length; the limit keeps the length of every request's URL bounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MerchantNumber(String);

impl MerchantNumber {
    /// The maximum length in characters.
    pub const MAX_CHARACTERS: usize = 256;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = text.into();
        check("merchant number", &text, Self::MAX_CHARACTERS, &[':', '@'])?;
        Ok(Self(text))
    }

    /// Returns the number as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(MerchantNumber, InvalidCredentials);

/// The merchant token that belongs to a merchant number.
///
/// 1 to 1,000 characters; no colon and no control character. Prints as `[redacted]`, and is erased from memory when dropped.
#[derive(Clone, Debug)]
pub struct MerchantToken(pub(crate) Secret);

/// The secret that belongs to a merchant token.
///
/// 1 to 1,000 characters; no control character. Prints as `[redacted]`, and is erased from memory when dropped.
#[derive(Clone, Debug)]
pub struct MerchantSecret(pub(crate) Secret);

impl MerchantToken {
    /// The maximum length in characters. No document states one; it keeps the header at a length that can always be sent.
    pub const MAX_CHARACTERS: usize = 1_000;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = Secret::new(text);
        check("merchant token", &text, Self::MAX_CHARACTERS, &[':'])?;
        Ok(Self(text))
    }
}

impl MerchantSecret {
    /// The maximum length in characters. No document states one; it keeps the header at a length that can always be sent.
    pub const MAX_CHARACTERS: usize = 1_000;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = Secret::new(text);
        check("merchant secret", &text, Self::MAX_CHARACTERS, &[])?;
        Ok(Self(text))
    }
}

fn check(part: &'static str, text: &str, max: usize, separators: &[char]) -> Result<(), InvalidCredentials> {
    if text.is_empty() {
        Err(InvalidCredentials::Empty { part })
    } else if text.chars().count() > max {
        Err(InvalidCredentials::TooLong { part, max })
    } else if text.chars().any(char::is_control) {
        Err(InvalidCredentials::ControlCharacter { part })
    } else if let Some(character) = text.chars().find(|character| separators.contains(character)) {
        Err(InvalidCredentials::Separator { part, character })
    } else {
        Ok(())
    }
}

/// Why a text is not a part of credentials. Names the part and the rule, never the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// There is no text.
    #[error("the {part} is empty: copy it as Bambora issued it at registration")]
    #[non_exhaustive]
    Empty {
        /// The part.
        part: &'static str,
    },
    /// The text has a control character, a line break for example.
    #[error("the {part} has a control character: look for a line break or a tab that came along with it")]
    #[non_exhaustive]
    ControlCharacter {
        /// The part.
        part: &'static str,
    },
    /// The text is longer than any that could always be sent.
    #[error("the {part} has more than {max} characters: copy it as Bambora issued it at registration")]
    #[non_exhaustive]
    TooLong {
        /// The part.
        part: &'static str,
        /// The maximum length in characters.
        max: usize,
    },
    /// The text has one of the characters that separate the parts.
    #[error(
        "the {part} has a {character:?}, which separates the parts in `token@number:secret`: \
         give each part by itself"
    )]
    #[non_exhaustive]
    Separator {
        /// The part.
        part: &'static str,
        /// The separator.
        character: char,
    },
}
