//! What a server says of when to come back.

use std::time::Duration;

use http::Response;
use http::header::RETRY_AFTER;

/// How long a server asks to be left alone: `Retry-After` in seconds. A date cannot be read without a clock, and no document
/// of the API mentions either; the flow's own waits apply then.
pub(super) fn asked_for<B>(response: &Response<B>) -> Duration {
    if !matches!(response.status().as_u16(), 429 | 503) {
        return Duration::ZERO;
    }
    response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(Duration::ZERO, |seconds| {
            Duration::from_secs(seconds.parse().unwrap_or(u64::MAX))
        })
}
