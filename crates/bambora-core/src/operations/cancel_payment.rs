//! `cancel_payment`: releases the reserved amount.

use http::{Method, StatusCode};

use super::operation::{Operation, verify_state};
use crate::payment::{Payment, PaymentState};
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;

/// Cancels a payment: the reserved amount is made available to the customer again.
///
/// `POST /payments/{reference}/cancel/`, without a body. The API carries it out on payments in state `Authorized` only,
/// and not on payments made through Online Checkout.
///
/// A response counts as a success only if it is a 200 **and** a whole payment object **and** for this reference **and** in
/// state `Canceled` **and** without an operation in progress.
///
/// A single request can leave it open whether the amount was released: [`CancelFlow`](crate::CancelFlow) finds out.
///
/// ```
/// use bambora_core::{CancelPayment, OperationExt};
///
/// let cancel = CancelPayment::new("ORDER-1001".parse()?);
/// let response = http::Response::new(br#"{"payment": "ORDER-1001", "state": "Canceled"}"#);
/// assert_eq!(cancel.parse(&response)?.state.as_str(), "Canceled");
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
    const SUCCESS: &'static [StatusCode] = &[StatusCode::OK];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_state(payment, &PaymentState::Canceled)
    }
}
