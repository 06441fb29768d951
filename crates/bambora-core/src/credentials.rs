//! The three parts of a merchant's credentials and the header made of them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

/// What a secret prints as.
const REDACTED: &str = "[redacted]";

/// The merchant number that Bambora gives out at registration.
///
/// 1 to 256 characters; no colon, no `@` and no control character, since `token@number:secret` must be readable in one way
/// only. No document gives a longest number; the limit here is what keeps every request's address within bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantNumber(String);

/// The merchant token that belongs to a merchant number.
///
/// Not empty; no colon and no control character. Prints as `[redacted]`.
#[derive(Clone)]
pub struct MerchantToken(Zeroizing<String>);

/// The secret that belongs to a merchant token.
///
/// Not empty; no control character. Prints as `[redacted]`, and is erased from memory when dropped.
#[derive(Clone)]
pub struct MerchantSecret(Zeroizing<String>);

impl MerchantNumber {
    /// The longest number that is accepted, in characters.
    pub const MAX_CHARACTERS: usize = 256;

    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = text.into();
        check("merchant number", &text)?;
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidCredentials::NumberTooLong);
        }
        forbid("merchant number", &text, ':')?;
        forbid("merchant number", &text, '@')?;
        Ok(Self(text))
    }

    /// The number as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MerchantToken {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = Zeroizing::new(text.into());
        check("merchant token", &text)?;
        forbid("merchant token", &text, ':')?;
        Ok(Self(text))
    }
}

impl MerchantSecret {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] names the rule that `text` breaks, never the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredentials> {
        let text = Zeroizing::new(text.into());
        check("merchant secret", &text)?;
        Ok(Self(text))
    }
}

fn check(part: &'static str, text: &str) -> Result<(), InvalidCredentials> {
    if text.is_empty() {
        Err(InvalidCredentials::Empty { part })
    } else if text.chars().any(char::is_control) {
        Err(InvalidCredentials::ControlCharacter { part })
    } else {
        Ok(())
    }
}

fn forbid(part: &'static str, text: &str, character: char) -> Result<(), InvalidCredentials> {
    if text.contains(character) {
        Err(InvalidCredentials::Separator { part, character })
    } else {
        Ok(())
    }
}

impl fmt::Debug for MerchantToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MerchantToken")
            .field(&format_args!("{REDACTED}"))
            .finish()
    }
}

impl fmt::Debug for MerchantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MerchantSecret")
            .field(&format_args!("{REDACTED}"))
            .finish()
    }
}

/// A merchant's credentials, ready to be sent.
///
/// The three parts have types of their own and no `parse()`, so that none can stand in another's place. They become the
/// value of the `Authorization` header once, here: Basic authentication with `token@number` as the user and the secret
/// as the password, on one line. The header is marked sensitive; `{:?}` shows the merchant number and `[redacted]`.
///
/// The secret and the texts on the way to the header are erased from memory as soon as the header is made. The header's
/// own bytes belong to [`http::HeaderValue`], which shares them with each request and offers no way to erase them.
///
/// ```
/// use bambora_core::{Credentials, MerchantNumber, MerchantSecret, MerchantToken};
///
/// let credentials = Credentials::new(
///     MerchantNumber::new("123456789")?,
///     MerchantToken::new("abcdefg")?,
///     MerchantSecret::new("7AQu7FGB2Kwm")?,
/// );
/// assert_eq!(
///     credentials.authorization(),
///     "Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt"
/// );
/// # Ok::<(), bambora_core::InvalidCredentials>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    merchant_number: MerchantNumber,
    authorization: HeaderValue,
}

impl Credentials {
    /// Joins the three parts.
    #[must_use]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "taking them is what erases them"
    )]
    pub fn new(number: MerchantNumber, token: MerchantToken, secret: MerchantSecret) -> Self {
        let user = Zeroizing::new(format!("{}@{}:", *token.0, number.0));
        let pair = Zeroizing::new([user.as_bytes(), secret.0.as_bytes()].concat());
        let mut value = Zeroizing::new(String::with_capacity(6 + pair.len().div_ceil(3) * 4));
        value.push_str("Basic ");
        STANDARD.encode_string(pair.as_slice(), &mut value);
        #[allow(
            clippy::expect_used,
            reason = "base64 of any bytes is visible ASCII, which every header value may hold"
        )]
        let mut authorization =
            HeaderValue::from_str(&value).expect("base64 text is a valid header value");
        authorization.set_sensitive(true);
        Self {
            merchant_number: number,
            authorization,
        }
    }

    /// Whose credentials these are.
    #[must_use]
    pub fn merchant_number(&self) -> &MerchantNumber {
        &self.merchant_number
    }

    /// The value of the `Authorization` header, marked sensitive.
    ///
    /// This *is* the secret: base64 hides nothing.
    #[must_use]
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("merchant_number", &self.merchant_number.0)
            .field("authorization", &format_args!("{REDACTED}"))
            .finish()
    }
}

/// Why a text is not a part of credentials. Names the part and the rule, never the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// There is no text.
    #[error("the {part} is empty: copy it from what Bambora gave out at registration")]
    #[non_exhaustive]
    Empty {
        /// Which part.
        part: &'static str,
    },
    /// The text has a control character, a line break for example.
    #[error(
        "the {part} has a control character: look for a line break or a tab that came along with it"
    )]
    #[non_exhaustive]
    ControlCharacter {
        /// Which part.
        part: &'static str,
    },
    /// The number is longer than [`MerchantNumber::MAX_CHARACTERS`].
    #[error(
        "the merchant number has more than {max} characters: copy it from what Bambora gave out at registration",
        max = MerchantNumber::MAX_CHARACTERS
    )]
    NumberTooLong,
    /// The text has one of the characters that separate the parts.
    #[error(
        "the {part} has a {character:?}, which separates the parts in `token@number:secret`: \
         give each part by itself"
    )]
    #[non_exhaustive]
    Separator {
        /// Which part.
        part: &'static str,
        /// The separator.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn credentials(number: &str, token: &str, secret: &str) -> Credentials {
        Credentials::new(
            MerchantNumber::new(number).unwrap(),
            MerchantToken::new(token).unwrap(),
            MerchantSecret::new(secret).unwrap(),
        )
    }

    #[test]
    fn the_published_pair_gives_the_published_header() {
        let header = credentials("123456789", "abcdefg", "7AQu7FGB2Kwm").authorization;
        assert_eq!(
            header.as_bytes(),
            b"Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt"
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn a_long_secret_stays_on_one_line() {
        let header = credentials("1", "t", &"s".repeat(500)).authorization;
        assert!(header.as_bytes().iter().all(|b| (0x20..0x7f).contains(b)));
        assert_eq!(header.len(), 6 + (4 + 500_usize).div_ceil(3) * 4);
    }

    #[test]
    fn what_would_be_ambiguous_is_refused() {
        assert!(MerchantNumber::new("12:34").is_err());
        assert!(MerchantNumber::new("12@34").is_err());
        assert!(MerchantToken::new("ab:cd").is_err());
        assert!(MerchantToken::new("ab@cd").is_ok());
        assert!(MerchantSecret::new("a:b@c").is_ok());
        assert!(MerchantSecret::new("abc\n").is_err());
        assert!(MerchantSecret::new("").is_err());
    }

    proptest! {
        #[test]
        fn no_refusal_repeats_the_text(secret in "[a-z]{12}[\n:@]?") {
            for error in [
                MerchantNumber::new(secret.clone()).err(),
                MerchantToken::new(secret.clone()).err(),
                MerchantSecret::new(secret.clone()).err(),
            ].into_iter().flatten() {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains(&secret[..12]));
            }
        }

        #[test]
        fn nothing_prints_the_secret(token in "[a-z]{8}", secret in "[A-Z]{12}") {
            let token_value = MerchantToken::new(token.clone()).unwrap();
            let secret_value = MerchantSecret::new(secret.clone()).unwrap();
            let whole = credentials("123", &token, &secret);
            let encoded = whole.authorization().to_str().unwrap()[6..].to_owned();
            let shown = format!("{token_value:?} {secret_value:?} {whole:?} {whole:#?} {:?}", whole.authorization());
            for planted in [&token, &secret, &encoded] {
                prop_assert!(!shown.contains(planted.as_str()), "{shown}");
            }
        }
    }
}
