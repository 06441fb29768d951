//! What is kept of a payment.

use std::fmt;

use super::object::Payment;
use super::state::PaymentState;
use crate::bounded::bounded;
use crate::money::{Amount, Currency};

/// How much of a state that no document mentions is kept, in bytes.
const MAX_STATE: usize = 64;

/// What a flow keeps of a payment object: enough to tell what happened, of bounded size, and nothing about the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PaymentSummary {
    /// The payment's state.
    pub state: PaymentState,
    /// `true` if an operation was still in progress.
    pub operation_in_progress: bool,
    /// The authorized amount, in minor currency units.
    pub amount: Option<Amount>,
    /// The currency.
    pub currency: Option<Currency>,
    /// What the payment shows of the capture or refund that the flow is about. `None` for a cancel.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub posting: Option<PostingMatch>,
}

/// What a payment object shows of a capture or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a posting is there, is not there, or something else is in its place")]
pub enum PostingMatch {
    /// There is no posting of the kind at all.
    Absent,
    /// There are postings of the kind, and none of them has the key. If the server does not return comments, one of them may be it.
    OtherKeys,
    /// There is one with the key and the amount.
    Found,
    /// There is one with the key, and none of those with the key has the amount.
    OtherAmount,
}

impl PaymentSummary {
    /// Creates the summary of a payment in this state, with nothing in progress.
    #[must_use]
    pub fn new(state: PaymentState) -> Self {
        Self { state, operation_in_progress: false, amount: None, currency: None, posting: None }
    }
}

impl From<&Payment> for PaymentSummary {
    fn from(payment: &Payment) -> Self {
        Self {
            state: match &payment.state {
                PaymentState::Other(name) => PaymentState::Other(bounded(name, MAX_STATE)),
                known => known.clone(),
            },
            operation_in_progress: payment.operation_in_progress,
            amount: payment.amount,
            currency: payment.currency.as_ref().and_then(|text| text.parse().ok()),
            posting: None,
        }
    }
}

impl fmt::Display for PaymentSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        if self.operation_in_progress {
            f.write_str(", with an operation in progress")?;
        }
        Ok(())
    }
}
