//! The two requests of a flow that posts.

use std::fmt;

use http::{Request, Response};

use super::order::{PostingKind, PostingOrder};
use crate::api::Api;
use crate::flow::{Connection, ExchangeResult};
use crate::operations::{Operation as _, OperationExt as _, QueryPayment};

/// A request of a [`PostingFlow`](crate::posting::PostingFlow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a flow makes these two requests; a third would be another flow")]
pub enum PostingRequestKind {
    /// `capture_payment` or `refund_payment`.
    Post,
    /// `query_payment`.
    Query,
}

impl fmt::Display for PostingRequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Post => "posting",
            Self::Query => QueryPayment::NAME,
        })
    }
}

impl PostingRequestKind {
    /// Returns the API's operation id.
    #[must_use]
    pub fn operation_id(self, order: &PostingOrder) -> &'static str {
        match self {
            Self::Post => order.kind.operation_id(),
            Self::Query => QueryPayment::NAME,
        }
    }

    /// Builds the request.
    #[must_use]
    pub fn request(self, api: &Api, order: &PostingOrder) -> Request<Vec<u8>> {
        match (self, order.kind) {
            (Self::Query, _) => api.request(&QueryPayment::new(order.reference.clone())),
            (Self::Post, PostingKind::Capture) => api.request(&order.capture_payment()),
            (Self::Post, PostingKind::Refund) => api.request(&order.refund_payment()),
        }
    }

    /// Judges the response to the request. It needs neither the flow nor credentials, so it can run in another process.
    #[must_use]
    pub fn judge<B: AsRef<[u8]>>(
        self,
        order: &PostingOrder,
        response: &Response<B>,
        connection: Connection,
    ) -> ExchangeResult {
        let parsed = match (self, order.kind) {
            (Self::Query, _) => QueryPayment::new(order.reference.clone()).parse(response),
            (Self::Post, PostingKind::Capture) => order.capture_payment().parse(response),
            (Self::Post, PostingKind::Refund) => order.refund_payment().parse(response),
        };
        let posting = match &parsed {
            Ok(payment) => Some(order.find_in(payment)),
            Err(error) => error.payment().map(|payment| order.find_in(payment)),
        };
        ExchangeResult::judged(&parsed, posting, response, connection)
    }
}
