//! `capture_payment`: collects an authorized amount, or a part of it.

use http::{Method, StatusCode};

use super::comment::Comment;
use super::operation::Operation;
use super::posting_body::{posting_body, verify_posting};
use crate::money::Amount;
use crate::payment::Payment;
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;

/// Captures an authorized amount, or a part of it.
///
/// `POST /payments/{reference}/capture/` with an amount in minor currency units and an optional comment.
///
/// A response counts as a success only if it is a 201, a whole payment object, for this reference, without an operation in
/// progress, and with a capture of this amount and comment.
///
/// Sending the request twice captures twice. [`PostingFlow`](crate::posting::PostingFlow) captures exactly once.
///
/// ```
/// use bambora_core::{Amount, CapturePayment, Operation};
///
/// let capture = CapturePayment::new("ORDER-1001".parse()?, Amount::from(1_000)) // 10.00 EUR
///     .with_comment("INVOICE-7".parse()?);
/// assert_eq!(
///     String::from_utf8(capture.body())?,
///     r#"{"amount":1000,"comment":"INVOICE-7"}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturePayment {
    reference: PaymentReference,
    amount: Amount,
    comment: Option<Comment>,
}

impl CapturePayment {
    /// Captures `amount`, in minor currency units.
    #[must_use]
    pub fn new(reference: PaymentReference, amount: Amount) -> Self {
        Self { reference, amount, comment: None }
    }

    /// Adds the merchant's own note, which comes back in the payment's captures.
    #[must_use]
    pub fn with_comment(mut self, comment: Comment) -> Self {
        self.comment = Some(comment);
        self
    }
}

impl Operation for CapturePayment {
    const NAME: &'static str = "capture_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("capture");
    const SUCCESS: &'static [StatusCode] = &[StatusCode::CREATED];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn body(&self) -> Vec<u8> {
        posting_body(self.amount, self.comment.as_ref())
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_posting(payment, &payment.captures, self.amount, self.comment.as_ref())
    }
}
