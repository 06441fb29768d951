//! What a sandbox is configured with: the choices that the documents leave open, and limits.

use std::time::Duration;

use http::HeaderValue;

/// The response to a cancel of a payment that is canceled already. No document says which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepeatedCancel {
    /// 422, as for any other state than `Authorized`.
    #[default]
    Refused,
    /// 200 with the payment, as the first time.
    Accepted,
}

/// The success status of a refund. The documents contradict each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundStatus {
    /// 201, as the specification has it.
    #[default]
    Created,
    /// 200, as the prose has it.
    Ok,
}

/// The shape of the entries of `captures` in a payment object. The documents show both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CapturesShape {
    /// `{"amount": 100, "comment": null}`.
    #[default]
    Plain,
    /// `{"capture": {"amount": 100, "comment": null}}`.
    Nested,
}

/// What the API does if the documents leave it open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) repeated_cancel: RepeatedCancel,
    pub(crate) refund_status: RefundStatus,
    pub(crate) captures_shape: CapturesShape,
    pub(crate) hides_posting_comments: bool,
}

/// Who may use the API, and what it does if the documents leave it open.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) authorization: HeaderValue,
    pub(crate) choices: Choices,
    /// Whether there is a page to look at, and the API that it uses.
    pub(crate) page: bool,
}

/// The bounds of what clients can make the server hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The time for one whole request, the wait for its first byte included.
    pub(crate) request_timeout: Duration,
    pub(crate) max_connections: usize,
    pub(crate) logged_requests: usize,
    pub(crate) logged_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(30),
            max_connections: 512,
            logged_requests: 100_000,
            logged_bytes: 64 * 1024 * 1024,
        }
    }
}
