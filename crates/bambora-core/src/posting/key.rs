//! The key of a capture or a refund.

use crate::operations::Comment;
use crate::text_type::text_type;

/// A comment that is the key of one capture or refund: unique among the captures, or among the refunds, of its payment.
///
/// 1 to 256 characters in all. The key decides whether a posting was made already, so the same capture must have the same key
/// however often it is asked for, and two captures must have two: an invoice number, for example.
///
/// ```
/// use bambora_core::posting::PostingKey;
///
/// // Wholly the merchant's own:
/// let key = PostingKey::new("INVOICE-7")?;
/// assert_eq!(key.as_str(), "INVOICE-7");
///
/// // Or the merchant's text with a suffix that makes it unique; store the key before it is used:
/// let key = PostingKey::with_suffix("two tickets", 0x1234_5678_9abc_def0)?;
/// assert_eq!(key.as_str(), "two tickets #123456789abcdef0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PostingKey(Comment);

impl PostingKey {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidPostingKey`] if it is empty, too long, or has blanks at an end, which a server might trim.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPostingKey> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidPostingKey::Empty);
        }
        if text.trim() != text {
            return Err(InvalidPostingKey::Blanks);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidPostingKey::ControlCharacter);
        }
        let characters = text.chars().count();
        let comment = Comment::new(text);
        Ok(Self(comment.map_err(|_| InvalidPostingKey::TooLong { characters })?))
    }

    /// Makes a key of the merchant's own text and a number that no other posting of the payment has: a random one.
    ///
    /// # Errors
    ///
    /// [`InvalidPostingKey`] if the whole key breaks a rule. The suffix takes 18 characters.
    pub fn with_suffix(text: &str, unique: u64) -> Result<Self, InvalidPostingKey> {
        let text = text.trim_end();
        let blank = if text.is_empty() { "" } else { " " };
        Self::new(format!("{text}{blank}#{unique:016x}"))
    }

    /// Returns the key as it stands in the comment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn comment(&self) -> &Comment {
        &self.0
    }
}

text_type!(PostingKey, InvalidPostingKey);

/// Why a text is not a [`PostingKey`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPostingKey {
    /// There is no text.
    #[error("the key is empty: give one that no other posting of the payment has, an invoice number for example")]
    Empty,
    /// It begins or ends with blanks.
    #[error("the key begins or ends with blanks, which a server might trim: take them out")]
    Blanks,
    /// It has a control character.
    #[error("the key has a control character: look for a line break or a tab that came along with it")]
    ControlCharacter,
    /// It is longer than a comment can be.
    #[error("the key has {characters} characters, and the API accepts at most {max}: shorten it", max = Comment::MAX_CHARACTERS)]
    #[non_exhaustive]
    TooLong {
        /// The number of characters.
        characters: usize,
    },
}
