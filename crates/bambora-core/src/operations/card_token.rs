//! Card tokens.

use crate::secret::Secret;

/// A token that stands for a card: anyone who has it can make payments with the card. Not empty. Prints as `[redacted]`, and is erased
/// from memory when dropped.
///
/// ```
/// use bambora_core::operations::CardToken;
///
/// let token = CardToken::new("a-card-token")?;
/// assert_eq!(format!("{token:?}"), "CardToken([redacted])");
/// # Ok::<(), bambora_core::errors::InvalidCardToken>(())
/// ```
#[derive(Clone, Debug)]
pub struct CardToken(pub(crate) Secret);

impl CardToken {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCardToken`] if it is empty.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCardToken> {
        let text = Secret::new(text);
        if text.is_empty() { Err(InvalidCardToken) } else { Ok(Self(text)) }
    }
}

/// The text is empty, and no [`CardToken`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card token is empty: give the token that the card was stored under")]
#[non_exhaustive]
pub struct InvalidCardToken;
