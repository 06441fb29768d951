//! `cancel_payment`: release the reserved amount.

use http::{Method, StatusCode};

use crate::operation::{Operation, unless_settled_in};
use crate::{Doubt, Payment, PaymentReference, PaymentState};

/// Cancels a payment: the reserved amount is made available to the customer again.
///
/// `POST /payments/{reference}/cancel/`, without a body. The API carries it out on payments in state `Authorized` only,
/// and not on payments made through Online Checkout.
///
/// The answer counts as a success only if it is a 200 **and** a whole payment object **and** for this reference **and** in
/// state `Canceled` **and** without an operation in progress.
///
/// A single request is not the whole story: without an answer to it, nobody knows whether the money was released.
///
/// ```
/// use bambora_core::{CancelPayment, Operation};
///
/// let cancel = CancelPayment::new("ORDER-1001".parse()?);
/// let answer = http::Response::new(br#"{"payment": "ORDER-1001", "state": "Canceled"}"#);
/// assert_eq!(cancel.parse(&answer)?.state.as_str(), "Canceled");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelPayment {
    reference: PaymentReference,
}

impl CancelPayment {
    /// Cancels the payment that was made as `reference`.
    #[must_use]
    pub fn new(reference: PaymentReference) -> Self {
        Self { reference }
    }
}

impl Operation for CancelPayment {
    const NAME: &'static str = "cancel_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("cancel");
    const SUCCESS: StatusCode = StatusCode::OK;

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn doubt(&self, payment: &Payment) -> Option<Doubt> {
        unless_settled_in(&PaymentState::Canceled, payment)
    }
}
