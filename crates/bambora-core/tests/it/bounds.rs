//! What is kept of a server's texts is bounded, however long its responses are.

use std::fmt::{Debug, Display};
use std::time::Duration;

use bambora_core::flow::{Connection, Observation, RequestKind};
use bambora_core::{CancelFlow, CancelPolicy, Outcome, PaymentReference, Problem, TransportError};
use http::Response;

use crate::requests::api;

const MEGABYTE: usize = 1024 * 1024;
/// A kilobyte of a server's texts, and the words around it.
const MOST: usize = 1_500;

fn reference() -> PaymentReference {
    "ORDER-1001".parse().unwrap()
}

/// Responses with a text of a megabyte in every place.
fn long_responses(text: &str) -> Vec<Response<Vec<u8>>> {
    let response = |status: u16, body: String| {
        let body = body.into_bytes();
        Response::builder().status(status).body(body).unwrap()
    };
    let text = serde_json::to_string(text).unwrap();
    let text = text.trim_matches('"');
    let definition = "https://api.bambora.com/definitions/payments";
    let mut coded = Response::new(Vec::new());
    let coding = http::HeaderValue::from_bytes(&vec![b'x'; MEGABYTE]).unwrap();
    coded.headers_mut().insert("content-encoding", coding);
    let mut responses = vec![coded];
    for status in [400, 401, 404, 409, 422, 429, 503] {
        let mut problem = |type_uri: &str| {
            let body = format!(r#"{{"type":"{type_uri}","title":"{text}","detail":"{text}","status":{status}}}"#);
            responses.push(response(status, body));
        };
        problem(&format!("{definition}/payment_not_found"));
        problem(&format!("{definition}/{}", "x".repeat(200)));
        problem(&format!("{definition}/{text}"));
        problem(&format!("{}{definition}/a", " ".repeat(MEGABYTE)));
        problem("about:blank");
        responses.push(response(status, text.to_owned()));
    }
    responses.push(response(200, text.to_owned()));
    for body in [
        format!(r#"{{"payment":"ORDER-1001","state":"{text}","currency":"{text}","amount":9223372036854775807}}"#),
        format!(r#"{{"payment":"{text}","state":"Canceled"}}"#),
        format!(
            r#"{{"payment":"ORDER-1001","state":"Captured","comment":"{text}","region":"{text}","merchant":"{text}"}}"#
        ),
        format!(r#"{{"payment":"ORDER-1001","state":"Canceled","card":{{"token":"{text}"}},"operations":["{text}"]}}"#),
        format!(r#"{{"payment":"ORDER-1001","state":"None","{text}":1,"{text}":2}}"#),
        format!(r#"{{"payment":"ORDER-1001","state":"None","captures":"{text}"}}"#),
    ] {
        responses.push(response(200, body));
    }
    responses
}

fn check(value: &(impl Debug + Display), most: usize) {
    let lengths = [value.to_string().len(), format!("{value:?}").len()];
    assert!(lengths.iter().all(|length| *length <= most), "{lengths:?}: {value:.300}");
}

#[cfg(feature = "serde")]
fn check_json(value: &impl serde::Serialize, most: usize) {
    let length = serde_json::to_string(value).unwrap().len();
    assert!(length <= most, "{length} bytes of JSON");
}

#[cfg(not(feature = "serde"))]
fn check_json<T>(_: &T, _: usize) {}

/// Feeds the response as the second, after a query, and as the first, and checks all that is kept.
fn check_flow(feed: impl Fn(&mut CancelFlow), most: usize) {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO);
    let policy = policy.build().unwrap();
    let mut flow = CancelFlow::new(api().merchant().clone(), reference(), policy, 1);
    for _ in 0..9 {
        let _ = flow.step(Duration::ZERO);
        feed(&mut flow);
        if let Some(checkpoint) = flow.checkpoint() {
            check(&checkpoint, 400);
            check_json(&checkpoint, 400);
        }
        let outcome: Outcome = flow.clone().stop();
        check(&outcome, 2 * most);
        check_json(&outcome, 2 * most);
        // A flow keeps the last observation, and the problem of its last cancel request.
        assert!(format!("{flow:?}").len() <= 4 * most);
    }
}

#[test]
fn a_long_text_is_cut_wherever_it_is_kept() {
    for response in long_responses(&"x".repeat(MEGABYTE)) {
        for kind in [RequestKind::Cancel, RequestKind::Query] {
            let result = kind.judge(&reference(), &response, Connection::Fresh);
            check(&result.observation, MOST);
            check_json(&result, MOST);
        }
        check_flow(|flow| flow.on_response(&response, Connection::Fresh), MOST);
    }
    let problem = Problem::new(404, "x".repeat(MEGABYTE));
    check(&Observation::problem(&problem), MOST);
}

/// Escapes make a text longer, up to ten times as they are printed; it is bounded all the same.
#[test]
fn a_long_text_of_control_characters_is_cut_too() {
    for character in ["\u{1b}", "\u{202e}", "\"", "𝄞"] {
        let text = character.repeat(MEGABYTE / 4);
        for response in long_responses(&text) {
            let result = RequestKind::Query.judge(&reference(), &response, Connection::Fresh);
            check(&result.observation, 6 * MOST);
            check_json(&result, 6 * MOST);
        }
    }
}

#[test]
fn a_long_cause_is_cut_too() {
    let errors = [TransportError::not_sent, TransportError::unknown];
    for error in errors.map(|of| of("x".repeat(MEGABYTE))) {
        let observation = Observation::from(&error);
        check(&observation, MOST);
        check_json(&observation, MOST);
        check_flow(|flow| flow.on_failure(&error), MOST);
    }
}
