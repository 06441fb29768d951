//! Card tokens.

use std::fmt;

use zeroize::Zeroizing;

/// A token that stands for a card. Not empty. Prints as `[redacted]`, and is erased from memory when dropped: whoever
/// has it can make payments with the card.
///
/// ```
/// use bambora_core::CardToken;
///
/// let token = CardToken::new("a-card-token")?;
/// assert_eq!(format!("{token:?}"), "CardToken([redacted])");
/// # Ok::<(), bambora_core::errors::InvalidCardToken>(())
/// ```
#[derive(Clone)]
pub struct CardToken(Zeroizing<String>);

impl CardToken {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCardToken`] if it is empty.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCardToken> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() {
            return Err(InvalidCardToken);
        }
        Ok(Self(text))
    }

    /// Returns the token itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardToken([redacted])")
    }
}

/// The text is empty, and no [`CardToken`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card token is empty: give the token that the card was stored under")]
#[non_exhaustive]
pub struct InvalidCardToken;
