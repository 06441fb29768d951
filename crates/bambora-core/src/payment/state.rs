//! The states of a payment.

use std::convert::Infallible;
use std::str::FromStr;

use crate::open_enum::open_enum;

open_enum! {
    /// The state of a payment. The API's list may grow; a name that is not on it is kept as text.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "String", into = "String"))]
    pub enum PaymentState {
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
