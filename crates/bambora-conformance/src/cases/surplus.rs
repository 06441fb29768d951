//! Bytes after a response, which must not become the response to the next request.

use crate::case::{Case, Step, cancel};
use crate::expect::{either, own, own_body, own_or_unknown, response as expect_response};
use crate::latch::Latch;
use crate::server::script::ServerAction::{Await, Open, Read, Serve, Write};
use crate::server::script::{reply_then, response};

const PROBLEM: &str =
    r#"{"type":"https://api.bambora.com/definitions/payments/payment_not_found","title":"t","detail":"","status":404}"#;

pub(crate) fn cases() -> Vec<Case> {
    let evil = response("200 OK", &[], "EVIL");
    let timeout = response("408 Request Timeout", &["Connection: close"], "EVIL");
    let mut cases = vec![late("idle_408", timeout), with_next_request()];
    cases.extend([same_segment("extra_response/same_segment", &evil), late("extra_response/late", evil)]);
    #[cfg(feature = "tls")]
    for length in [4, 20_000, 100_000] {
        let surplus = response("200 OK", &[], vec![b'E'; length]);
        let name = format!("extra_response/tls_same_segment_{length}");
        cases.push(same_segment(&name, &surplus).inside_tls());
        cases.push(late(&format!("extra_response/tls_late_{length}"), surplus).inside_tls());
    }
    cases
}

/// The surplus arrives together with the response.
fn same_segment(name: &str, surplus: &[u8]) -> Case {
    let first = response("200 OK", &[], own_body(1));
    let actions = reply_then([&first, surplus].concat(), [Serve]);
    Case::new(name, actions, own_or_unknown(1)).then(own_or_unknown(2))
}

/// The surplus arrives while the connection is idle.
fn late(name: &str, surplus: Vec<u8>) -> Case {
    let (done, sent) = (Latch::default(), Latch::default());
    let actions = reply_then(
        response("200 OK", &[], own_body(1)),
        [Await(done.clone()), Write(surplus), Open(sent.clone()), Serve],
    );
    let steps = vec![
        Step::Call(cancel(1), own_or_unknown(1)),
        Step::Open(done),
        Step::Await(sent, "the server did not send the surplus"),
    ];
    Case::of(name, actions, steps).then(own_or_unknown(2))
}

/// The surplus, a copy of the first response, arrives when the second request does. A transport cannot tell that it is not the
/// response to that, so one that reuses connections may return it, but unchanged and without sending the request again. That
/// it proves nothing about the second request is for the caller to know, who knows that the connection was reused.
fn with_next_request() -> Case {
    let header = "Content-Type: application/problem+json";
    let problem = response("404 Not Found", &[header], PROBLEM);
    let actions = reply_then(problem.clone(), [Read, Write(problem), Serve]);
    let copy = || expect_response(404, None, PROBLEM);
    let case = Case::new("extra_response/with_next_request", actions, copy());
    case.then(either(own(2), copy()))
}
