//! A merchant at one address of the API.

use std::fmt;

use crate::base_url::BaseUrl;
use crate::credential_parts::MerchantNumber;
use crate::escaped::Escaped;

/// A merchant at one address of the API. Together with a reference it names one payment, and it holds no credentials.
///
/// ```
/// use bambora_core::{BaseUrl, Merchant, MerchantNumber};
///
/// let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
/// assert_eq!(merchant.to_string(), "merchant 123456789 at https://api-beta.bambora.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Merchant {
    /// The address of the API.
    pub base_url: BaseUrl,
    /// The merchant's number.
    pub number: MerchantNumber,
}

impl Merchant {
    /// Creates the name of the merchant with this number at this address of the API.
    #[must_use]
    pub fn new(base_url: BaseUrl, number: MerchantNumber) -> Self {
        Self { base_url, number }
    }
}

impl fmt::Display for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = Escaped(self.number.as_str());
        write!(f, "merchant {number} at {}", self.base_url)
    }
}

/// A flow or a checkpoint belongs to another merchant, or to another address of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the payment is of {expected}, and this client of {found}: go on with that merchant's credentials and base URL"
)]
#[non_exhaustive]
pub struct MerchantMismatch {
    /// Whose payment it is. Boxed, so that results with this error stay small.
    pub expected: Box<Merchant>,
    /// Whose credentials were given.
    pub found: Box<Merchant>,
}

impl MerchantMismatch {
    pub(crate) fn check(expected: &Merchant, found: &Merchant) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self { expected: Box::new(expected.clone()), found: Box::new(found.clone()) })
    }
}
