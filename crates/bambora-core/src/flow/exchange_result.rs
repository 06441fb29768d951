//! The judged result of one exchange: what a flow is fed with.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

use super::cause::Cause;
use super::observation::Observation;
use crate::delivery::TransportError;
use crate::payment::{Payment, PostingMatch};
use crate::response_error::ResponseError;

/// The longest time that a server's `Retry-After` is taken at: a day.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The history of the connection that brought a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(
    clippy::exhaustive_enums,
    reason = "a caller that cannot tell passes Reused: a third value would be a second kind of doubt"
)]
pub enum Connection {
    /// It carried no request before this one.
    Fresh,
    /// It carried another request before, or nobody knows. A server or gateway may owe a response to that one, so a response
    /// that does not name the payment may belong to another request.
    Reused,
}

/// The judged result of one exchange of a flow: small, without the response's body, and serializable (feature `serde`), so that
/// it can be stored, sent, and replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ExchangeResult {
    /// What the exchange showed.
    pub observation: Observation,
    /// The connection that brought the response.
    pub connection: Connection,
    /// How long the server asks clients to wait, by `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl ExchangeResult {
    /// Creates a result that showed `observation` on `connection`.
    #[must_use]
    pub fn new(observation: Observation, connection: Connection) -> Self {
        Self { observation, connection, retry_after: None }
    }

    /// Creates the result of an exchange without a usable response.
    #[must_use]
    pub fn failed(error: &TransportError) -> Self {
        Self::new(error.into(), Connection::Fresh)
    }

    /// The result of an exchange whose result was never told.
    pub(crate) fn abandoned() -> Self {
        let cause = Cause::new("the exchange was abandoned");
        Self::new(Observation::NoResponse { cause }, Connection::Fresh)
    }

    /// The result of an exchange that brought `response`, which was parsed. `posting` is what its payment object shows of the
    /// capture or refund that the exchange is about.
    pub(crate) fn judged<B>(
        parsed: &Result<Payment, ResponseError>,
        posting: Option<PostingMatch>,
        response: &Response<B>,
        connection: Connection,
    ) -> Self {
        let mut observation = Observation::of(parsed);
        if let Observation::Payment { payment } = &mut observation {
            payment.posting = posting;
        }
        Self { observation, connection, retry_after: retry_after(response.status(), response.headers()) }
    }
}

/// Reads `Retry-After` in seconds. A date cannot be read without a clock, and no document of the API mentions either; the
/// flow's own waits apply then.
fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    if !matches!(status.as_u16(), 429 | 503) {
        return None;
    }
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = text.parse().map_or(Duration::MAX, Duration::from_secs);
    Some(seconds.min(LONGEST_RETRY_AFTER))
}
