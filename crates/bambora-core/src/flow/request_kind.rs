//! The two requests of a flow.

use http::{Request, Response};

use super::exchange_result::{Connection, ExchangeResult};
use crate::api::Api;
use crate::operations::{CancelPayment, Operation, OperationExt as _, QueryPayment};
use crate::reference::PaymentReference;
use crate::text_type::display_as_str;

/// A request of a [`CancelFlow`](crate::CancelFlow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a flow makes these two requests; a third would be another flow")]
pub enum RequestKind {
    /// `cancel_payment`.
    Cancel,
    /// `query_payment`.
    Query,
}

impl RequestKind {
    /// Returns the API's operation id: `cancel_payment` or `query_payment`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => CancelPayment::NAME,
            Self::Query => QueryPayment::NAME,
        }
    }

    /// Builds the request.
    #[must_use]
    pub fn request(self, api: &Api, reference: &PaymentReference) -> Request<Vec<u8>> {
        match self {
            Self::Cancel => api.request(&CancelPayment::new(reference.clone())),
            Self::Query => api.request(&QueryPayment::new(reference.clone())),
        }
    }

    /// Judges the response to the request. It needs neither the flow nor credentials, so it can run in another process.
    #[must_use]
    pub fn judge<B: AsRef<[u8]>>(
        self,
        reference: &PaymentReference,
        response: &Response<B>,
        connection: Connection,
    ) -> ExchangeResult {
        let parsed = match self {
            Self::Cancel => CancelPayment::new(reference.clone()).parse(response),
            Self::Query => QueryPayment::new(reference.clone()).parse(response),
        };
        ExchangeResult::judged(&parsed, None, response, connection)
    }
}

display_as_str!(RequestKind);
