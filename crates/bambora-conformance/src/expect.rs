//! What a caller must get from a transport.

use bambora_core::Delivery;

use crate::transport::{Exchange, describe};

/// Returns what is wrong with a value, if anything is.
pub(crate) type Check<T> = Box<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// A check of what a caller got.
pub(crate) type Expect = Check<Exchange>;

/// Expects whatever `accepts` returns `true` for; `expected` says in a message what that is.
pub(crate) fn that(
    expected: impl Into<String>,
    accepts: impl Fn(&Exchange) -> bool + Send + Sync + 'static,
) -> Expect {
    let expected = expected.into();
    Box::new(move |got| match accepts(got) {
        true => Ok(()),
        false => Err(format!("expected {expected}, got {}", describe(got))),
    })
}

/// Expects a failure with delivery *unknown*.
pub(crate) fn unknown() -> Expect {
    that("a failure with delivery unknown", is_unknown)
}

/// Expects a failure with delivery *not sent*.
pub(crate) fn not_sent() -> Expect {
    that("a failure with delivery not sent", is_not_sent)
}

/// Expects a response with this status and body, and with these headers among its own.
pub(crate) fn response(
    status: u16,
    headers: &[(&'static str, &[u8])],
    body: impl Into<Vec<u8>>,
) -> Expect {
    let body = body.into();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.to_vec()))
        .collect();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let expected = format!("{status} with {} bytes and headers {names:?}", body.len());
    that(expected, move |got| {
        let Ok(response) = got else { return false };
        let has = |(name, value): &(&str, Vec<u8>)| {
            let mut values = response.headers().get_all(*name).iter();
            values.any(|found| found.as_bytes() == value)
        };
        response.status().as_u16() == status && *response.body() == body && headers.iter().all(has)
    })
}

/// Expects 200 with this body.
pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Expect {
    response(200, &[], body)
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
    let own = own(number);
    let expected = format!("the response to request {number}, or delivery unknown");
    that(expected, move |got| is_unknown(got) || own(got).is_ok())
}

pub(crate) fn is_unknown(got: &Exchange) -> bool {
    matches!(got, Err(error) if error.delivery() == Delivery::Unknown)
}

pub(crate) fn is_not_sent(got: &Exchange) -> bool {
    matches!(got, Err(error) if error.delivery() == Delivery::NotSent)
}
