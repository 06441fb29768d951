//! What a workflow and a worker tell each other about one request.

use std::time::{Duration, SystemTime};

use bambora_core::flow::{Connection, ExchangeResult, RequestKind};
use bambora_core::posting::{PostingOrder, PostingRequestKind};
use bambora_core::{Api, Merchant, PaymentReference};
use http::{Request, Response};
use serde::{Deserialize, Serialize};

/// The input of the activity `exchange`: which request to send. Neither credentials nor the request itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exchange {
    /// Whose payment it is. A worker with another merchant's credentials does not send it.
    pub merchant: Merchant,
    /// The request.
    pub due: DueRequest,
    /// When the workflow was last told that the credentials were rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<SystemTime>,
}

impl Exchange {
    pub(crate) fn new(merchant: Merchant, due: DueRequest, rotated: Option<SystemTime>) -> Self {
        Self { merchant, due, rotated }
    }
}

/// The request that a flow has due.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "flow", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "there are these two flows")]
pub enum DueRequest {
    /// A request of a cancel.
    Cancel {
        /// The payment.
        reference: PaymentReference,
        /// Cancel or query.
        request: RequestKind,
    },
    /// A request of a capture or refund.
    Posting {
        /// The capture or refund.
        order: PostingOrder,
        /// Post or query.
        request: PostingRequestKind,
    },
}

impl DueRequest {
    /// Returns the API's operation id.
    #[must_use]
    pub fn operation_id(&self) -> &'static str {
        match self {
            Self::Cancel { request, .. } => request.as_str(),
            Self::Posting { order, request } => request.operation_id(order),
        }
    }

    pub(crate) fn build(&self, api: &Api) -> Request<Vec<u8>> {
        match self {
            Self::Cancel { reference, request } => request.request(api, reference),
            Self::Posting { order, request } => request.request(api, order),
        }
    }

    pub(crate) fn judge(&self, response: &Response<Vec<u8>>, connection: Connection) -> ExchangeResult {
        match self {
            Self::Cancel { reference, request } => request.judge(reference, response, connection),
            Self::Posting { order, request } => request.judge(order, response, connection),
        }
    }
}

/// The output of the activity `exchange`: all that is stored of an exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a request was sent or it was not")]
pub enum Reply {
    /// The request was handed to the transport, and this is what came of it.
    Judged {
        /// The judged result, without the response's body.
        result: ExchangeResult,
    },
    /// The worker did not send the request.
    Held {
        /// Why not.
        hold: Hold,
    },
}

/// Why a worker did not send a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// The API turned this worker's credentials away before.
    Unauthorized,
    /// The worker has the credentials of another merchant.
    #[non_exhaustive]
    OtherMerchant {
        /// The worker's merchant.
        merchant: String,
    },
    /// The API asked this worker to come back later.
    #[non_exhaustive]
    Throttled {
        /// For how long, still.
        wait: Duration,
    },
    /// The activity's time was up, or nearly, before the worker came to it.
    Late,
}
