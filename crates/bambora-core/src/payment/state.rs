//! The states of a payment.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::escaped::Escaped;

macro_rules! payment_states {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The state of a payment. The API's list may grow; a name that is not on it is kept as text.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(from = "String", into = "String")
        )]
        #[non_exhaustive]
        pub enum PaymentState {
            $($(#[$doc])* $variant,)*
            /// A state that no document mentions.
            Other(String),
        }

        impl PaymentState {
            /// Returns the state as the API spells it.
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
        write!(f, "{}", Escaped(self.as_str()))
    }
}

impl FromStr for PaymentState {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(name))
    }
}

impl From<String> for PaymentState {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<PaymentState> for String {
    fn from(state: PaymentState) -> Self {
        state.as_str().to_owned()
    }
}
