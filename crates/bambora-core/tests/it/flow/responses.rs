//! The responses of the API and of what stands before it.

use http::Response;

/// The payment that is to be canceled.
pub(crate) const REFERENCE: &str = "ORDER-1001";

/// Every state that is documented, and two that are not.
pub(crate) const STATES: [&str; 11] = [
    "None",
    "Authorized",
    "Authorization Expired",
    "Declined",
    "Voided",
    "Captured",
    "Refunded",
    "Settled",
    "Canceled",
    "canceled",
    "On Hold",
];

/// 200, with the payment in `state`.
pub(crate) fn payment_in(state: &str) -> Response<Vec<u8>> {
    payment(REFERENCE, state, false)
}

pub(crate) fn payment(reference: &str, state: &str, in_progress: bool) -> Response<Vec<u8>> {
    let body =
        format!(r#"{{"payment":"{reference}","state":"{state}","operationInProgress":{in_progress},"amount":100}}"#);
    response(200, body.into_bytes())
}

/// A problem document of the API.
pub(crate) fn problem(status: u16, name: &str) -> Response<Vec<u8>> {
    typed(status, &format!("https://api.bambora.com/definitions/payments/{name}"))
}

/// A problem document of a type that the API does not define, from a gateway or a framework.
pub(crate) fn foreign_problem(status: u16) -> Response<Vec<u8>> {
    typed(status, "https://gateway.example/errors/upstream")
}

/// A problem document of the type `type_uri`, with all members that the schema requires.
pub(crate) fn typed(status: u16, type_uri: &str) -> Response<Vec<u8>> {
    let body = format!(r#"{{"type":"{type_uri}","title":"A title","detail":"","status":{status}}}"#);
    response(status, body.into_bytes())
}

pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// The same response, with a content coding.
pub(crate) fn coded(mut response: Response<Vec<u8>>, coding: &'static str) -> Response<Vec<u8>> {
    let coding = http::HeaderValue::from_static(coding);
    response.headers_mut().insert("content-encoding", coding);
    response
}
