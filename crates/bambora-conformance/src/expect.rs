//! What a caller must get from a transport.

use bambora_core::Delivery;

use crate::transport::{Exchange, describe};

/// Returns what is wrong with a value, if anything is.
pub(crate) type Check<T> = Box<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// A check of what a caller got.
pub(crate) type Expect = Check<Exchange>;

/// Expects whatever `accepts` returns `true` for; `expected` says in a message what that is.
pub(crate) fn that(expected: impl Into<String>, accepts: impl Fn(&Exchange) -> bool + Send + Sync + 'static) -> Expect {
    let expected = expected.into();
    Box::new(move |got| {
        let accepted = accepts(got).then_some(());
        accepted.ok_or_else(|| format!("expected {expected}, got {}", describe(got)))
    })
}

/// Expects one or the other.
pub(crate) fn either(one: Expect, other: Expect) -> Expect {
    Box::new(move |got| {
        let other = |fault| other(got).map_err(|other| format!("{fault}; {other}"));
        one(got).or_else(other)
    })
}

/// Expects a failure with delivery *unknown*.
pub(crate) fn unknown() -> Expect {
    that("a failure with delivery unknown", |got| matches!(got, Err(error) if error.delivery() == Delivery::Unknown))
}

/// Expects a failure with delivery *not sent*.
pub(crate) fn not_sent() -> Expect {
    that("a failure with delivery not sent", is_not_sent)
}

/// Expects a response with this status and body, and with this header if one is given.
pub(crate) fn response(status: u16, header: Option<(&'static str, &'static [u8])>, body: impl Into<Vec<u8>>) -> Expect {
    let body = body.into();
    let name = header.map_or("any headers", |(name, _)| name);
    let expected = format!("{status} with {} bytes and {name}", body.len());
    that(expected, move |got| {
        let Ok(response) = got else { return false };
        let values = |name| response.headers().get_all(name).iter();
        response.status().as_u16() == status
            && *response.body() == body
            && header.is_none_or(|(name, value)| values(name).any(|found| found == value))
    })
}

/// Expects 200 with this body.
pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Expect {
    response(200, None, body)
}

/// Returns the body of a serving server's response to the cancel request with this number.
pub(crate) fn own_body(number: usize) -> String {
    format!("/payments/ORDER-{number}/cancel/")
}

/// Expects the response to the cancel request with this number.
pub(crate) fn own(number: usize) -> Expect {
    ok(own_body(number))
}

/// Expects the response to the cancel request with this number, or a failure with delivery *unknown*, but never the response
/// to another request.
pub(crate) fn own_or_unknown(number: usize) -> Expect {
    either(own(number), unknown())
}

pub(crate) fn is_not_sent(got: &Exchange) -> bool {
    matches!(got, Err(error) if error.delivery() == Delivery::NotSent)
}
