//! What is measured: core, a floor written by hand, and the naive way.

use std::time::Duration;

use bambora_core::flow::{Canceled, Connection, Step};
use bambora_core::{
    Api, CancelFlow, CancelPayment, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Outcome,
    PaymentReference,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde::Deserialize;

/// The documentation's response, with values in it: five texts for core, which has a type for the state.
pub(crate) const CANCELED: &[u8] = br#"{"payment": "ORDER-1001", "currency": "EUR", "state": "Canceled",
    "operations": [], "region": "emea_0", "merchant": "123456789", "comment": "none", "captures": [],
    "operationInProgress": false, "refunds": [], "amount": 100}"#;

pub(crate) const PROBLEM: &[u8] =
    br#"{"type": "https://api.bambora.com/definitions/payments/invalid_payment_state_transition",
    "title": "Invalid payment state transition", "detail": "The payment is in state Captured.", "status": 422}"#;

pub(crate) fn api() -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
}

pub(crate) fn cancel() -> CancelPayment {
    CancelPayment::new("ORDER-1001".parse().unwrap())
}

pub(crate) fn problem() -> Response<&'static [u8]> {
    let mut problem = Response::new(PROBLEM);
    *problem.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    problem
}

/// The same request from one prepared header map and one path string.
pub(crate) struct Floor {
    headers: HeaderMap,
    authority: Authority,
}

impl Floor {
    pub(crate) fn of(request: &Request<Vec<u8>>) -> Self {
        Self { headers: request.headers().clone(), authority: request.uri().authority().unwrap().clone() }
    }

    pub(crate) fn request(&self, reference: &str) -> Request<Vec<u8>> {
        let mut path = String::with_capacity(reference.len() + 18);
        path.push_str("/payments/");
        path.push_str(reference);
        path.push_str("/cancel/");
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path.into_bytes()).unwrap());
        let mut request = Request::new(Vec::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_parts(parts).unwrap();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

pub(crate) fn naive_request(reference: &str) -> Request<Vec<u8>> {
    let credentials = STANDARD.encode("abcdefg@123456789:7AQu7FGB2Kwm");
    Request::builder()
        .method("POST")
        .uri(format!("https://api-beta.bambora.com/payments/{reference}/cancel/"))
        .header("Authorization", format!("Basic {credentials}"))
        .header("API-Version", "1")
        .header("Accept", HeaderValue::from_static("*/*"))
        .header("Content-Length", "0")
        .body(Vec::new())
        .unwrap()
}

/// The body as serde's derive reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "reading it is what is measured")]
pub(crate) struct PlainPayment {
    payment: String,
    currency: Option<String>,
    state: String,
    operations: Vec<serde_json::Value>,
    region: Option<String>,
    merchant: Option<String>,
    comment: Option<String>,
    captures: Vec<serde_json::Value>,
    operation_in_progress: bool,
    refunds: Vec<serde_json::Value>,
    amount: Option<i64>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is what is measured")]
pub(crate) struct PlainProblem {
    r#type: String,
    title: String,
    detail: String,
    status: u16,
}

pub(crate) fn plain_payment(body: &[u8]) -> PlainPayment {
    serde_json::from_slice(body).unwrap()
}

pub(crate) fn plain_problem(body: &[u8]) -> PlainProblem {
    serde_json::from_slice(body).unwrap()
}

pub(crate) fn value(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).unwrap()
}

/// Goes through a flow without faults: one request, one response.
pub(crate) fn flow(api: &Api, reference: &PaymentReference, response: &Response<&[u8]>, now: Duration) -> Canceled {
    let policy = CancelPolicy::default();
    let mut flow = CancelFlow::new(api.merchant().clone(), reference.clone(), policy, 7);
    let Step::Send(kind) = flow.step(now) else {
        panic!("the first step sends");
    };
    drop(std::hint::black_box(kind.request(api, reference)));
    flow.on_response(response, Connection::Fresh);
    match flow.step(now) {
        Step::Done(Outcome::Canceled(canceled)) => canceled,
        other => panic!("the response confirms the cancel, and the flow says {other:?}"),
    }
}
