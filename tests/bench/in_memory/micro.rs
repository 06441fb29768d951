//! Building and reading in memory: core, a floor written by hand, and the naive way.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bambora_core::{
    Api, CancelFlow, CancelPayment, CancelPolicy, Credentials, MerchantNumber, MerchantSecret,
    MerchantToken, Operation as _, Outcome, PaymentReference, Step,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::Criterion;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use serde::Deserialize;

/// The documentation's answer, with values in it.
const CANCELED: &[u8] = br#"{"payment": "ORDER-1001", "currency": "EUR", "state": "Canceled", "operations": [],
    "region": "emea_0", "merchant": "123456789", "comment": "none", "captures": [], "operationInProgress": false,
    "refunds": [], "amount": 100}"#;

const PROBLEM: &[u8] = br#"{"type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
    "title": "invalid_payment_state_transition", "detail": "The payment is captured.", "status": 422}"#;

fn api() -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
}

/// The same request from one prepared header map and one path string.
struct Floor {
    headers: HeaderMap,
    authority: Authority,
}

impl Floor {
    fn of(request: &Request<Vec<u8>>) -> Self {
        Self {
            headers: request.headers().clone(),
            authority: request.uri().authority().unwrap().clone(),
        }
    }

    fn request(&self, reference: &str) -> Request<Vec<u8>> {
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

fn naive(reference: &str) -> Request<Vec<u8>> {
    let credentials = STANDARD.encode("abcdefg@123456789:7AQu7FGB2Kwm");
    Request::builder()
        .method("POST")
        .uri(format!(
            "https://api-beta.bambora.com/payments/{reference}/cancel/"
        ))
        .header("Authorization", format!("Basic {credentials}"))
        .header("API-Version", "1")
        .header("Accept", HeaderValue::from_static("*/*"))
        .header("Content-Length", "0")
        .body(Vec::new())
        .unwrap()
}

fn building(criterion: &mut Criterion) {
    let api = api();
    let cancel = CancelPayment::new("ORDER-1001".parse().unwrap());
    let floor = Floor::of(&api.request(&cancel));
    assert_eq!(
        api.request(&cancel).uri(),
        floor.request("ORDER-1001").uri()
    );
    let mut group = criterion.benchmark_group("request");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor.request(black_box("ORDER-1001")));
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| api.request(black_box(&cancel)));
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| naive(black_box("ORDER-1001")));
    });
    group.finish();
}

/// The body alone, as serde's derive reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "reading it is what is measured")]
struct PlainPayment {
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
struct PlainProblem {
    r#type: String,
    title: String,
    detail: String,
    status: u16,
}

fn reading(criterion: &mut Criterion) {
    let cancel = CancelPayment::new("ORDER-1001".parse().unwrap());
    let answer = http::Response::new(CANCELED);
    let mut group = criterion.benchmark_group("payment");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| serde_json::from_slice::<PlainPayment>(black_box(CANCELED)).unwrap());
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| cancel.parse(black_box(&answer)).unwrap());
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(CANCELED)).unwrap());
    });
    group.finish();
    let mut refusal = http::Response::new(PROBLEM);
    *refusal.status_mut() = http::StatusCode::UNPROCESSABLE_ENTITY;
    let mut group = criterion.benchmark_group("problem");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| serde_json::from_slice::<PlainProblem>(black_box(PROBLEM)).unwrap());
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| cancel.parse(black_box(&refusal)).unwrap_err());
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(PROBLEM)).unwrap());
    });
    group.finish();
}

fn flow(criterion: &mut Criterion) {
    let api = api();
    let reference: PaymentReference = "ORDER-1001".parse().unwrap();
    let cancel = CancelPayment::new(reference.clone());
    let answer = http::Response::new(CANCELED);
    let now = Instant::now();
    let mut group = criterion.benchmark_group("flow");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| {
            black_box(api.request(black_box(&cancel)));
            cancel.parse(black_box(&answer)).unwrap()
        });
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| {
            let policy = CancelPolicy::default();
            let mut flow = CancelFlow::new(api.clone(), reference.clone(), policy, 7);
            let Step::Send(_, request) = flow.step(now) else {
                panic!("the first step sends");
            };
            black_box(request);
            flow.on_response(black_box(&answer));
            let Step::Done(Outcome::Canceled(canceled)) = flow.step(now) else {
                panic!("the answer was the proof");
            };
            canceled
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(700))
        .without_plots()
        .configure_from_args();
    building(&mut criterion);
    reading(&mut criterion);
    flow(&mut criterion);
    criterion.final_summary();
}
