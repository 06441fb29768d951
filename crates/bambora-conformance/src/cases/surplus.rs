//! Bytes after a response, which must not become the response to the next request.

#[cfg(feature = "tls")]
use crate::capability::Capability;
#[cfg(feature = "tls")]
use crate::case::Target;
use crate::case::{Case, Step, cancel};
use crate::expect::{own, own_body, own_or_unknown, response as expect_response, that};
use crate::latch::Latch;
use crate::server::script::ServerAction::{Await, Open, Serve, Write};
use crate::server::script::{reply, response};
#[cfg(feature = "tls")]
use crate::server::tls_server::Certificate;

const PROBLEM: &str = r#"{"type":"https://api.bambora.com/definitions/payments/payment_not_found","title":"t","detail":"","status":404}"#;

pub(crate) fn cases() -> Vec<Case> {
    let evil = response("200 OK", &[], "EVIL");
    let timeout = response("408 Request Timeout", &["Connection: close"], "EVIL");
    let cases = vec![
        same_segment("extra_response/same_segment", &evil),
        late("extra_response/late", evil),
        late("idle_408", timeout),
        with_next_request(),
    ];
    #[cfg(feature = "tls")]
    let cases = cases.into_iter().chain(inside_tls()).collect();
    cases
}

#[cfg(feature = "tls")]
fn inside_tls() -> impl Iterator<Item = Case> {
    let cases = [4, 20_000, 100_000].into_iter().flat_map(|length| {
        let surplus = response("200 OK", &[], vec![b'E'; length]);
        let name = format!("extra_response/tls_same_segment_{length}");
        let together = same_segment(&name, &surplus);
        [
            together,
            late(&format!("extra_response/tls_late_{length}"), surplus),
        ]
    });
    cases.map(|case| {
        let case = case.target(Target::TlsServer(Certificate::Good));
        case.needs(Capability::Tls)
    })
}

/// The surplus arrives together with the response.
fn same_segment(name: &str, surplus: &[u8]) -> Case {
    let first = response("200 OK", &[], own_body(1));
    let mut actions = reply([&first, surplus].concat());
    actions.push(Serve);
    Case::new(name, actions, own_or_unknown(1)).then(own_or_unknown(2))
}

/// The surplus arrives while the connection is idle.
fn late(name: &str, surplus: Vec<u8>) -> Case {
    let (done, sent) = (Latch::default(), Latch::default());
    let mut actions = reply(response("200 OK", &[], own_body(1)));
    actions.extend([
        Await(done.clone()),
        Write(surplus),
        Open(sent.clone()),
        Serve,
    ]);
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
    let problem = response(
        "404 Not Found",
        &["Content-Type: application/problem+json"],
        PROBLEM,
    );
    let mut actions = reply(problem.clone());
    actions.extend(reply(problem));
    actions.push(Serve);
    let (copy, own) = (expect_response(404, &[], PROBLEM), own(2));
    let either = that(
        "the response to request 2, or the copy of the first",
        move |got| own(got).is_ok() || copy(got).is_ok(),
    );
    let first = expect_response(404, &[], PROBLEM);
    Case::new("extra_response/with_next_request", actions, first).then(either)
}
