//! What is kept of an exchange, and how it is told.

use std::io;
use std::time::Duration;

use bambora_core::flow::{Cause, Connection, Observation, RequestKind};
use bambora_core::{Api, CancelFlow, CancelPolicy, Error as ApiError, PaymentReference, TransportError};
use http::Response;

use super::flow_under_test::merchant;
use super::responses::{REFERENCE, payment, payment_in, problem, response};
use crate::requests::api;

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

fn seen(response: &Response<Vec<u8>>) -> Observation {
    RequestKind::Query.judge(&reference(), response, Connection::Fresh).observation
}

#[test]
fn an_observation_says_what_came() {
    for (response, text) in [
        (problem(404, "payment_not_found"), "the last response was 404 payment_not_found: A title"),
        (response(429, ""), "the last response was 429, which asks to come back later"),
        (
            response(503, ""),
            "the last response was 503 without a problem document of the API, so it may not be the API's",
        ),
        (response(200, ""), "the last response was 200, but its body is not a payment object: empty"),
        (payment("OTHER", "Canceled", false), "the last response was 200 with another payment"),
        (payment_in("Captured"), "the payment was last seen Captured"),
        (payment(REFERENCE, "Canceled", true), "the payment was last seen Canceled, with an operation in progress"),
    ] {
        let observation = seen(&response);
        assert_eq!((observation.to_string().as_str(), observation.cause()), (text, None));
    }
}

#[test]
fn what_is_kept_of_a_payment_is_what_happened_to_it() {
    let body = r#"{"payment":"ORDER-1001","state":"Authorized","amount":5,"currency":"EUR","comment":"a"}"#;
    let Observation::Payment { payment, .. } = seen(&response(200, body)) else { panic!("it is a payment") };
    assert_eq!((payment.amount.map(i64::from), payment.currency.unwrap().as_str()), (Some(5), "EUR"));
    assert_eq!((payment.state.as_str(), payment.operation_in_progress, payment.posting), ("Authorized", false, None));
}

#[test]
fn a_cause_is_the_chain_of_its_errors_each_told_once() {
    let inner = io::Error::other("the connection was reset");
    // Transparent: it says what the error below it says.
    let outer = ApiError::from(TransportError::unknown(inner));
    let cause = Cause::from(&TransportError::not_sent(outer));
    let text = "no usable response; the request may have reached the server: the connection was reset";
    assert_eq!((cause.as_str(), cause.to_string().as_str()), (text, text));
    assert_eq!(Cause::new("a\u{1b}b").to_string(), "a\\u{1b}b");
    assert_eq!(Cause::new(&"x".repeat(500)).as_str().len(), 500);
    assert_eq!(Cause::new(&"x".repeat(501)).as_str(), format!("{}…", "x".repeat(500)));
}

#[test]
fn a_flow_keeps_what_it_saw_last_and_counts_its_requests() {
    let mut flow = CancelFlow::new(merchant(), reference(), CancelPolicy::default(), 1);
    assert_eq!((flow.observation(), flow.cancels(), flow.queries()), (None, 0, 0));
    assert_eq!(flow.reference(), &reference());
    let _ = flow.step(Duration::ZERO);
    flow.on_response(&problem(422, "invalid_payment_state_transition"), Connection::Fresh);
    assert_eq!((flow.cancels(), flow.queries()), (1, 0));
    let _ = flow.step(Duration::ZERO);
    flow.on_response(&payment(REFERENCE, "Authorized", true), Connection::Fresh);
    let last = flow.observation().unwrap().to_string();
    assert_eq!(last, "the payment was last seen Authorized, with an operation in progress");
    assert_eq!((flow.cancels(), flow.queries()), (1, 1));
}

#[test]
fn a_request_has_the_name_of_its_operation() {
    let api: Api = api();
    for (kind, name, method) in
        [(RequestKind::Cancel, "cancel_payment", "POST"), (RequestKind::Query, "query_payment", "GET")]
    {
        assert_eq!((kind.as_str(), kind.to_string().as_str()), (name, name));
        assert_eq!(kind.request(&api, &reference()).method(), method);
    }
}
