//! A merchant's credentials and the header made of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::credential_parts::{MerchantNumber, MerchantSecret, MerchantToken};

/// A merchant's credentials, ready to be sent.
///
/// The three parts have types of their own and no `parse()`, so that none can stand in another's place. They become the
/// value of the `Authorization` header once, here: Basic authentication with `token@number` as the user and the secret
/// as the password, on one line. The header is marked sensitive, so `{:?}` shows the merchant number only.
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
/// # Ok::<(), bambora_core::errors::InvalidCredentials>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credentials {
    merchant_number: MerchantNumber,
    authorization: HeaderValue,
}

impl Credentials {
    /// Joins the three parts.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "taking them is what erases them")]
    pub fn new(number: MerchantNumber, token: MerchantToken, secret: MerchantSecret) -> Self {
        // Made in one piece: a text that grows leaves copies behind.
        let pair = Zeroizing::new([&*token.0, "@", number.as_str(), ":", &*secret.0].concat());
        let mut value = Zeroizing::new(String::with_capacity(6 + pair.len().div_ceil(3) * 4));
        value.push_str("Basic ");
        STANDARD.encode_string(pair.as_bytes(), &mut value);
        #[allow(
            clippy::expect_used,
            reason = "base64 of any bytes is visible ASCII, which every header value may hold"
        )]
        let mut authorization = HeaderValue::from_str(&value).expect("base64 text is a valid header value");
        authorization.set_sensitive(true);
        Self { merchant_number: number, authorization }
    }

    /// Returns the number of the merchant whose credentials these are.
    #[must_use]
    pub fn merchant_number(&self) -> &MerchantNumber {
        &self.merchant_number
    }

    /// Returns the value of the `Authorization` header, marked sensitive.
    ///
    /// This value *is* the secret: base64 hides nothing.
    #[must_use]
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::InvalidCredentials;
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
        assert_eq!(header.as_bytes(), b"Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt");
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

    #[test]
    fn what_could_not_be_sent_is_refused() {
        assert!(MerchantSecret::new("s".repeat(1_000)).is_ok());
        assert!(MerchantToken::new("t".repeat(1_000)).is_ok());
        assert!(MerchantNumber::new("1".repeat(256)).is_ok());
        let long = MerchantSecret::new("s".repeat(1_001)).unwrap_err();
        assert_eq!(long, InvalidCredentials::TooLong { part: "merchant secret", max: 1_000 });
        assert!(MerchantToken::new("t".repeat(100_000)).is_err());
        assert!(MerchantNumber::new("1".repeat(257)).is_err());
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
