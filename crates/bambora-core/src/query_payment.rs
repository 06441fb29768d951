//! `query_payment`: ask how a payment stands.

use http::{Method, StatusCode};

use crate::operation::Operation;
use crate::{Doubt, MerchantNumber, Payment, PaymentReference};

/// Asks how a payment stands.
///
/// `GET /payments/{reference}/`, and `?merchant=` where another merchant of the same corporate hierarchy is meant.
///
/// The answer counts as a success if it is a 200, a whole payment object, and for this reference. **It can be stale**: a
/// cancel made in the web back office is not reflected in the API.
///
/// ```
/// use bambora_core::{Operation, PaymentState, QueryPayment};
///
/// let query = QueryPayment::new("ORDER-1001".parse()?);
/// let answer = http::Response::new(br#"{"payment": "ORDER-1001", "state": "Authorized"}"#);
/// assert_eq!(query.parse(&answer)?.state, PaymentState::Authorized);
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
        Self {
            reference,
            merchant: None,
        }
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
    const SUCCESS: StatusCode = StatusCode::OK;

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn merchant(&self) -> Option<&MerchantNumber> {
        self.merchant.as_ref()
    }

    fn doubt(&self, _payment: &Payment) -> Option<Doubt> {
        None
    }
}
