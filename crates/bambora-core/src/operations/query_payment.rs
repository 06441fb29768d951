//! `query_payment`: asks for the state of a payment.

use http::{Method, StatusCode};

use super::operation::Operation;
use crate::credential_parts::MerchantNumber;
use crate::payment::Payment;
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;

/// Asks for the state of a payment.
///
/// `GET /payments/{reference}/`, and `?merchant=` for a payment of another merchant of the same corporate hierarchy.
///
/// A response counts as a success if it is a 200, a whole payment object, and for this reference. **It can be stale**: a
/// cancel made in the web back office is not reflected in the API.
///
/// ```
/// use bambora_core::{OperationExt, PaymentState, QueryPayment};
///
/// let query = QueryPayment::new("ORDER-1001".parse()?);
/// let response = http::Response::new(br#"{"payment": "ORDER-1001", "state": "Authorized"}"#);
/// assert_eq!(query.parse(&response)?.state, PaymentState::Authorized);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryPayment {
    reference: PaymentReference,
    merchant: Option<MerchantNumber>,
}

impl QueryPayment {
    /// Asks for the payment that was made as `reference`.
    #[must_use]
    pub fn new(reference: PaymentReference) -> Self {
        Self { reference, merchant: None }
    }

    /// Asks for the payment of another merchant of the same corporate hierarchy.
    #[must_use]
    pub fn for_merchant(mut self, merchant: MerchantNumber) -> Self {
        self.merchant = Some(merchant);
        self
    }
}

impl Operation for QueryPayment {
    const NAME: &'static str = "query_payment";
    const METHOD: Method = Method::GET;
    const ACTION: Option<&'static str> = None;
    const SUCCESS: &'static [StatusCode] = &[StatusCode::OK];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn merchant(&self) -> Option<&MerchantNumber> {
        self.merchant.as_ref()
    }

    fn verify(&self, _payment: &Payment) -> Result<(), Mismatch> {
        Ok(())
    }
}
