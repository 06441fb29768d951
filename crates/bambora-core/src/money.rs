//! Amounts and currencies, as the API writes them.

use std::fmt;

use crate::text_type::text_type;

/// An amount of money in minor currency units (cents for `EUR`, whole yen for `JPY`).
///
/// The API's `int64 >= 0`. The currency stands beside it in the payment.
///
/// ```
/// use bambora_core::Amount;
///
/// let amount = Amount::from_minor_units(1_250)?; // 12.50 EUR
/// assert_eq!(amount.minor_units(), 1_250);
/// assert!(Amount::from_minor_units(-1).is_err());
/// # Ok::<(), bambora_core::errors::InvalidAmount>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "i64", into = "i64"))]
pub struct Amount(i64);

impl Amount {
    /// Returns an amount of `minor_units`, which must not be negative.
    ///
    /// # Errors
    ///
    /// [`InvalidAmount`] if it is negative.
    pub fn from_minor_units(minor_units: i64) -> Result<Self, InvalidAmount> {
        if minor_units < 0 {
            return Err(InvalidAmount { minor_units });
        }
        Ok(Self(minor_units))
    }

    /// Returns the amount in minor currency units; never negative.
    #[must_use]
    pub fn minor_units(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = InvalidAmount;

    fn try_from(minor_units: i64) -> Result<Self, Self::Error> {
        Self::from_minor_units(minor_units)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl fmt::Display for Amount {
    /// Writes the minor units; how many of them make a unit depends on the currency.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u32> for Amount {
    fn from(minor_units: u32) -> Self {
        Self(i64::from(minor_units))
    }
}

/// A negative number is not an [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount cannot be negative, and {minor_units} is: give minor currency units, 0 or more")]
#[non_exhaustive]
pub struct InvalidAmount {
    /// What was given.
    pub minor_units: i64,
}

/// A currency as the API writes it: three capital letters, an ISO 4217 code.
///
/// Only the form is checked (`^[A-Z]{3}$`, the API's own pattern), not whether ISO lists the code.
///
/// ```
/// use bambora_core::Currency;
///
/// let currency: Currency = "EUR".parse()?;
/// assert_eq!(currency.as_str(), "EUR");
/// assert!("eur".parse::<Currency>().is_err());
/// # Ok::<(), bambora_core::errors::InvalidCurrency>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Currency(String);

impl Currency {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidCurrency`] if it is not three capital letters.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCurrency> {
        let text = text.into();
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Ok(Self(text)) } else { Err(InvalidCurrency) }
    }

    /// Returns the three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(Currency, InvalidCurrency);

/// The text is not three capital letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters of ISO 4217, like EUR")]
#[non_exhaustive]
pub struct InvalidCurrency;
