//! Every fault: what happens to the payment, apart from what the client is told.

use std::time::Duration;

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::raw::{cancel, capture, exchange, query};

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
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Ok).delayed(Duration::from_millis(20)));
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
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
