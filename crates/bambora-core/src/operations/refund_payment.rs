//! `refund_payment`: pays a captured amount back, or a part of it.

use http::{Method, StatusCode};

use super::comment::Comment;
use super::operation::Operation;
use super::posting_body::{posting_body, verify_posting};
use crate::money::Amount;
use crate::payment::Payment;
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;

/// Refunds a captured amount, or a part of it.
///
/// `POST /payments/{reference}/refund/` with an amount of at least 1 in minor currency units and an optional comment.
///
/// A response counts as a success only if it is a 201 (as the specification says) or a 200 (as the prose says), a whole payment
/// object, for this reference, without an operation in progress, and with a refund of this amount and comment.
///
/// Sending the request twice refunds twice. [`PostingFlow`](crate::posting::PostingFlow) refunds exactly once.
///
/// ```
/// use bambora_core::{Amount, Operation, RefundPayment};
///
/// let refund = RefundPayment::new("ORDER-1001".parse()?, Amount::from(250)); // 2.50 EUR
/// assert_eq!(String::from_utf8(refund.body())?, r#"{"amount":250}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPayment {
    reference: PaymentReference,
    amount: Amount,
    comment: Option<Comment>,
}

impl RefundPayment {
    /// Refunds `amount`, in minor currency units. The API rejects an amount of 0.
    #[must_use]
    pub fn new(reference: PaymentReference, amount: Amount) -> Self {
        Self { reference, amount, comment: None }
    }

    /// Adds the merchant's own note, which comes back in the payment's refunds.
    #[must_use]
    pub fn with_comment(mut self, comment: Comment) -> Self {
        self.comment = Some(comment);
        self
    }
}

impl Operation for RefundPayment {
    const NAME: &'static str = "refund_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("refund");
    const SUCCESS: &'static [StatusCode] = &[StatusCode::CREATED, StatusCode::OK];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn body(&self) -> Vec<u8> {
        posting_body(self.amount, self.comment.as_ref())
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_posting(payment, &payment.refunds, self.amount, self.comment.as_ref())
    }
}
