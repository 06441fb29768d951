//! The payment object.

use std::fmt;

use crate::{Amount, Printable};

/// A payment as the API describes it.
///
/// Only `payment` and `state` are required by the API's schema; the rest is there when the server says it. The texts are
/// the server's own: show them to people through [`Printable`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payment {
    /// The merchant's reference.
    pub payment: String,
    /// Where the payment stands.
    pub state: PaymentState,
    /// The region that holds it: `emea_0`, `apac_0` or `amer_0`.
    pub region: Option<String>,
    /// The merchant it belongs to.
    pub merchant: Option<String>,
    /// ISO 4217, three capital letters by the API's schema.
    pub currency: Option<String>,
    /// The authorized amount, in minor currency units.
    pub amount: Option<Amount>,
    /// The merchant's own note, at most 256 characters by the API's schema.
    pub comment: Option<String>,
    /// What was captured of it.
    pub captures: Vec<Posting>,
    /// What was refunded of it.
    pub refunds: Vec<Posting>,
    /// What may be done next, or, in the later dialect, what was done.
    pub operations: Vec<PaymentOperation>,
    /// Whether an operation is still being carried out. Missing means no.
    pub operation_in_progress: bool,
    /// The card, after a card authorization.
    pub card: Option<Card>,
}

impl Payment {
    /// The payment as one line of JSON, in the API's own names.
    ///
    /// Missing optional fields are left out. The card's token and number are left out too: this is for reports, and they
    /// are nobody's business there.
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::payment_writing::write(self)
    }
}

macro_rules! payment_states {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Where a payment stands. The API's list may grow; a name that is not on it is kept as text.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum PaymentState {
            $($(#[$doc])* $variant,)*
            /// A state that no document mentions, as it came.
            Other(String),
        }

        impl PaymentState {
            /// The state as the API spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for PaymentState {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name.to_owned()),
                }
            }
        }
    };
}

payment_states! {
    /// `None`: nothing has been done with it.
    None = "None",
    /// `Authorized`: an amount is reserved. The one state in which a cancel works.
    Authorized = "Authorized",
    /// `Authorization Expired`: the reservation ran out.
    AuthorizationExpired = "Authorization Expired",
    /// `Declined`: it was never authorized.
    Declined = "Declined",
    /// `Voided`.
    Voided = "Voided",
    /// `Captured`: the money was collected, at least in part.
    Captured = "Captured",
    /// `Refunded`.
    Refunded = "Refunded",
    /// `Settled`.
    Settled = "Settled",
    /// `Canceled`: the reserved amount was released.
    Canceled = "Canceled",
}

impl fmt::Display for PaymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(self.as_str()))
    }
}

/// One capture or one refund.
///
/// One page of the API's documentation wraps it in another object, `{"capture": {…}}`; both are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Posting {
    /// How much, in minor currency units.
    pub amount: Option<Amount>,
    /// The merchant's own note.
    pub comment: Option<String>,
}

/// An entry of a payment's `operations`, of which the API's two dialects make different things.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaymentOperation {
    /// A string: the name of an operation that is allowed next, `Cancel` for example.
    Allowed(String),
    /// An object (the dialect of 2017): an operation that took place.
    #[non_exhaustive]
    Performed {
        /// The object's `type`, `Authorize card` for example.
        operation_type: Option<String>,
        /// The object's `success`.
        success: Option<bool>,
    },
}

impl PaymentOperation {
    /// What the operation is called, in either dialect.
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
#[non_exhaustive]
pub struct Card {
    /// The token that stands for the card.
    pub token: Option<String>,
    /// The card number, as far as the API gives it.
    pub card_number: Option<String>,
    /// The card's brand.
    pub card_type: Option<String>,
    /// The month it expires in.
    pub expiry_month: Option<String>,
    /// The year it expires in.
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
