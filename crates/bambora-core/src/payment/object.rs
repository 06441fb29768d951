//! The payment object.

use std::fmt;

use super::state::PaymentState;
use crate::money::Amount;

/// A payment as the API describes it.
///
/// Only `payment` and `state` are required by the API's schema. The texts are the server's own: print them with
/// [`Escaped`](crate::Escaped). With the feature `serde` it is serialized by the API's own names, without the card's token and
/// number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Payment {
    /// The merchant's reference.
    pub payment: String,
    /// The payment's state.
    pub state: PaymentState,
    /// The region: `emea_0`, `apac_0` or `amer_0`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub region: Option<String>,
    /// The merchant it belongs to.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub merchant: Option<String>,
    /// ISO 4217, three capital letters by the API's schema.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub currency: Option<String>,
    /// The authorized amount, in minor currency units.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub amount: Option<Amount>,
    /// The merchant's own note, at most 256 characters by the API's schema.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub comment: Option<String>,
    /// The captures.
    pub captures: Vec<Posting>,
    /// The refunds.
    pub refunds: Vec<Posting>,
    /// The operations that are allowed next, or, in the later dialect, those that took place.
    pub operations: Vec<PaymentOperation>,
    /// `true` if an operation is still in progress. Missing means no.
    pub operation_in_progress: bool,
    /// The card, after a card authorization.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub card: Option<Card>,
}

impl Payment {
    /// Creates a payment with the two members that the schema requires, and nothing else: the start of a test double.
    ///
    /// ```
    /// use bambora_core::{Amount, Payment, PaymentState};
    ///
    /// let mut payment = Payment::new("ORDER-1001", PaymentState::Authorized);
    /// payment.amount = Some(Amount::from(1_250));
    /// ```
    #[must_use]
    pub fn new(payment: impl Into<String>, state: PaymentState) -> Self {
        Self {
            payment: payment.into(),
            state,
            region: None,
            merchant: None,
            currency: None,
            amount: None,
            comment: None,
            captures: Vec::new(),
            refunds: Vec::new(),
            operations: Vec::new(),
            operation_in_progress: false,
            card: None,
        }
    }
}

/// One capture or one refund.
///
/// One page of the API's documentation wraps it in another object, `{"capture": {…}}`; both are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Posting {
    /// The amount in minor currency units.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub amount: Option<Amount>,
    /// The merchant's own note.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub comment: Option<String>,
}

/// An entry of a payment's `operations`, which the API's two dialects use in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum PaymentOperation {
    /// A string: the name of an operation that is allowed next, `Cancel` for example.
    Allowed(String),
    /// An object (the dialect of 2017): an operation that took place.
    #[non_exhaustive]
    Performed {
        /// The object's `type`, `Authorize card` for example.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        #[cfg_attr(feature = "serde", serde(rename = "type"))]
        operation_type: Option<String>,
        /// The object's `success`.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        success: Option<bool>,
    },
}

impl PaymentOperation {
    /// Returns the operation's name, in either dialect.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Allowed(name) => Some(name),
            Self::Performed { operation_type, .. } => operation_type.as_deref(),
        }
    }
}

/// The card that was authorized. `Debug` shows neither its token nor its number.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Card {
    /// The token that stands for the card.
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    pub token: Option<String>,
    /// The card number, as far as the API gives it.
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    pub card_number: Option<String>,
    /// The card's brand.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub card_type: Option<String>,
    /// The month it expires in.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub expiry_month: Option<String>,
    /// The year it expires in.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub expiry_year: Option<String>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("card_type", &self.card_type)
            .field("expiry_month", &self.expiry_month)
            .field("expiry_year", &self.expiry_year)
            .finish_non_exhaustive()
    }
}
