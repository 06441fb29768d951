//! The merchant's own note on a payment.

use crate::text_type::text_type;

/// A merchant's own note: at most 256 characters (Unicode scalar values), the API's limit. It may be empty.
///
/// ```
/// use bambora_core::operations::Comment;
///
/// let comment: Comment = "two tickets, row 5".parse()?;
/// assert_eq!(comment.as_str(), "two tickets, row 5");
/// assert!(Comment::new("x".repeat(257)).is_err());
/// # Ok::<(), bambora_core::errors::InvalidComment>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Comment(String);

impl Comment {
    /// The maximum length that the API accepts, in characters.
    pub const MAX_CHARACTERS: usize = 256;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidComment`] if it is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidComment> {
        let text = text.into();
        let characters = text.chars().count();
        if characters > Self::MAX_CHARACTERS {
            return Err(InvalidComment { characters });
        }
        Ok(Self(text))
    }

    /// Returns the note as the merchant wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(Comment, InvalidComment);

/// A text that is too long for a [`Comment`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the comment has {characters} characters, and the API accepts at most {max}: shorten it",
    max = Comment::MAX_CHARACTERS
)]
#[non_exhaustive]
pub struct InvalidComment {
    /// How many characters the text has.
    pub characters: usize,
}
