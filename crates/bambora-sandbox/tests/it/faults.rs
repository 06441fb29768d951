//! Every fault: what happens to the payment, apart from what the client is told.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use serde_json::json;

use crate::raw::{cancel, capture, exchange, post, query};

const SOON: Duration = Duration::from_secs(20);

fn sandbox_that(fault: Fault) -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", fault);
    sandbox
}

#[test]
fn effect_and_response_are_independent() {
    for (effect, canceled) in [(Effect::Apply, true), (Effect::Skip, false)] {
        for (response, status) in [
            (FaultResponse::Ok, 200),
            (FaultResponse::Drop, 0),
            (FaultResponse::Reset, 0),
            (FaultResponse::ServerError(500), 500),
            (FaultResponse::ServerError(502), 502),
            (FaultResponse::ServerError(503), 503),
            (FaultResponse::ServerError(504), 504),
            (FaultResponse::Blocked, 409),
            (FaultResponse::Throttled, 429),
            (FaultResponse::Garbage, 200),
            (FaultResponse::Cut, 200),
            (FaultResponse::OtherReference, 200),
        ] {
            let sandbox = sandbox_that(Fault::new(effect, response));
            let told = exchange(&sandbox, &cancel("A"));
            assert_eq!(told.status, status, "{effect:?} {response:?}: {told:?}");
            assert_eq!(sandbox.is_canceled("A"), canceled, "{effect:?} {response:?}");
            let logged = &sandbox.requests()[0];
            assert_eq!(logged.applied, canceled);
            assert_eq!(logged.status.unwrap_or(0), status);
            // A fault is met once.
            let after = exchange(&sandbox, &query("A"));
            assert_eq!(after.status, 200);
            assert_eq!(after.body.contains(r#""state":"Canceled""#), canceled);
        }
    }
}

#[test]
fn what_is_told_falsely_is_recognizable() {
    let cut = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Cut));
    let told = exchange(&cut, &cancel("A"));
    assert!(serde_json::from_str::<serde_json::Value>(&told.body).is_err(), "{told:?}");
    let other = sandbox_that(Fault::new(Effect::Apply, FaultResponse::OtherReference));
    assert!(exchange(&other, &cancel("A")).body.contains("SOME-OTHER-PAYMENT"));
    let throttled = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Throttled));
    assert!(exchange(&throttled, &cancel("A")).head.contains("retry-after: 1"));
}

#[test]
fn a_late_effect_comes_after_so_many_requests() {
    let sandbox = sandbox_that(Fault::new(Effect::Late(2), FaultResponse::Drop));
    exchange(&sandbox, &cancel("A"));
    assert!(exchange(&sandbox, &query("A")).body.contains("Authorized"));
    assert!(exchange(&sandbox, &query("A")).body.contains("Canceled"));
    assert!(sandbox.is_canceled("A"));
}

#[test]
fn an_operation_in_progress_blocks_and_then_ends_well_or_in_vain() {
    for (effect, end) in [(Effect::Progress(2), true), (Effect::Fail(2), false)] {
        let sandbox = sandbox_that(Fault::new(effect, FaultResponse::Ok));
        assert!(exchange(&sandbox, &cancel("A")).body.contains(r#""operationInProgress":true"#));
        assert_eq!(exchange(&sandbox, &cancel("A")).status, 409);
        let mut bodies = Vec::new();
        for _ in 0..4 {
            bodies.push(exchange(&sandbox, &query("A")).body);
        }
        assert!(bodies.iter().any(|body| body.contains(r#""operationInProgress":true"#)), "{bodies:?}");
        assert!(bodies[3].contains(r#""operationInProgress":false"#), "{bodies:?}");
        assert_eq!(sandbox.is_canceled("A"), end, "{effect:?}");
    }
}

#[test]
fn faults_queue_up_and_recovery_ends_them() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::ServerError(503)));
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Skip, FaultResponse::Blocked));
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Skip, FaultResponse::Drop));
    sandbox.fault_always(Operation::Query, Fault::new(Effect::Skip, FaultResponse::Garbage));
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 503);
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 409);
    assert_eq!(exchange(&sandbox, &query("A")).body, "\0garbage");
    sandbox.recover();
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
    assert_eq!(exchange(&sandbox, &query("A")).status, 200);
}

#[test]
fn a_held_response_waits_for_its_release() {
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Ok).held());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| exchange(&sandbox, &cancel("A")));
        assert!(sandbox.wait_for_held(1, SOON));
        assert!(sandbox.is_canceled("A"));
        sandbox.release();
        assert_eq!(call.join().unwrap().status, 200);
    });
}

#[test]
fn a_delayed_response_arrives() {
    let delay = Duration::from_millis(20);
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Ok).delayed(delay));
    let begun = Instant::now();
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
    assert!(begun.elapsed() >= delay);
}

#[test]
fn random_faults_are_the_same_for_the_same_seed() {
    let told = |seed, request: fn(&str) -> String| -> Vec<u16> {
        let sandbox = Sandbox::start().unwrap();
        sandbox.random_faults(seed, 500);
        (0..40)
            .map(|number| {
                let reference = format!("P{number}");
                sandbox.insert(&reference, PaymentState::Authorized);
                exchange(&sandbox, &request(&reference)).status
            })
            .collect()
    };
    let capture: fn(&str) -> String = |reference| capture(reference, 100, "INVOICE-7");
    for (request, success) in [(cancel as fn(&str) -> String, 200), (capture, 201)] {
        assert_eq!(told(1, request), told(1, request));
        assert_ne!(told(1, request), told(2, request));
        let faultless = told(1, request).iter().filter(|status| **status == success).count();
        assert!((10..40).contains(&faultless), "{faultless}");
    }
}

/// The fault that each of a number of requests for the same payment met.
fn drawn(seed: u64, per_mille: u16) -> Vec<Option<String>> {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.random_faults(seed, per_mille);
    for _ in 0..200 {
        exchange(&sandbox, &query("A"));
    }
    sandbox.requests().into_iter().map(|request| request.fault.map(|fault| fault.to_string())).collect()
}

#[test]
fn random_faults_are_as_many_and_as_different_as_they_should_be() {
    assert!(drawn(1, 0).iter().all(Option::is_none));
    let half = drawn(1, 500).into_iter().flatten().count();
    assert!((60..140).contains(&half), "{half}");
    let all = drawn(1, 1_000);
    assert!(all.iter().all(Option::is_some));
    let different: BTreeSet<_> = all.into_iter().flatten().collect();
    assert_eq!(different.len(), 16, "{different:?}");
}

#[test]
fn a_fault_of_a_payments_own_comes_before_those_for_all() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::ServerError(503)));
    sandbox.fault_always(Operation::Cancel, Fault::new(Effect::Skip, FaultResponse::ServerError(504)));
    sandbox.random_faults(1, 1_000);
    assert_eq!([(); 3].map(|()| exchange(&sandbox, &cancel("A")).status), [503, 504, 504]);
    exchange(&sandbox, &query("A"));
    assert!(sandbox.requests()[3].fault.is_some());
}

#[test]
fn a_gateway_speaks_html_and_a_server_a_problem_document() {
    for (status, content_type) in
        [(500, "application/problem+json"), (502, "text/html"), (503, "application/problem+json"), (429, "text/html")]
    {
        let sandbox = Sandbox::start().unwrap();
        let fault = format!("skip-then-{status}").parse().unwrap();
        sandbox.fault(Operation::Query, "A", fault);
        let told = exchange(&sandbox, &query("A"));
        assert_eq!(told.status, status);
        assert!(told.head.contains(&format!("content-type: {content_type}\r\n")), "{}", told.head);
        assert_eq!(told.body.starts_with("<html>"), content_type == "text/html", "{}", told.body);
    }
}

#[test]
fn the_object_of_another_payment_is_one_that_the_operation_worked_on() {
    let other = |text: &str, operation, request: &str| {
        let sandbox = Sandbox::start().unwrap();
        sandbox.authorize("A");
        sandbox.fault(operation, if operation == Operation::Authorize { "B" } else { "A" }, text.parse().unwrap());
        let told = exchange(&sandbox, request).json();
        assert_eq!((&told["payment"], &told["operationInProgress"]), (&json!("SOME-OTHER-PAYMENT"), &json!(false)));
        (told["state"].clone(), told["captures"].as_array().unwrap().len())
    };
    let authorize = post("B", "card_token_authorization", r#"{"currency":"EUR","amount":7,"token":"t"}"#);
    for effect in ["apply", "skip", "late:1", "progress:1", "fail:1"] {
        let text = format!("{effect}-then-other");
        assert_eq!(other(&text, Operation::Query, &query("A")), (json!("Canceled"), 0), "{text}");
        assert_eq!(other(&text, Operation::Cancel, &cancel("A")), (json!("Canceled"), 0), "{text}");
        assert_eq!(other(&text, Operation::Capture, &capture("A", 1, "")), (json!("Captured"), 1), "{text}");
        assert_eq!(other(&text, Operation::Authorize, &authorize), (json!("Authorized"), 0), "{text}");
    }
}
