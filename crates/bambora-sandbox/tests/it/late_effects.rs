//! Effects that are still to come, and what else happens to the payment before them.

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::raw::{cancel, exchange, post, query};

fn authorize(reference: &str, amount: i64) -> String {
    let body = format!(r#"{{"currency":"EUR","amount":{amount},"token":"t"}}"#);
    post(reference, "card_token_authorization", &body)
}

fn late(requests: u32) -> Fault {
    Fault::new(Effect::Late(requests), FaultResponse::Drop)
}

#[test]
fn a_payment_that_is_replaced_loses_what_was_to_come() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", late(1));
    exchange(&sandbox, &cancel("A"));
    sandbox.authorize("A");
    exchange(&sandbox, &query("A"));
    assert!(!sandbox.is_canceled("A"));
}

#[test]
fn a_late_authorization_of_a_payment_that_exists_by_then_does_nothing() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fault(Operation::Authorize, "A", late(2));
    assert_eq!(exchange(&sandbox, &authorize("A", 1)).status, 0);
    assert_eq!(exchange(&sandbox, &authorize("A", 2)).status, 201);
    exchange(&sandbox, &query("A"));
    assert_eq!(sandbox.payment("A").unwrap().amount, 2);
    assert_eq!(sandbox.requests()[2].late_effects, 0);
}

#[test]
fn a_late_authorization_leaves_a_payment_alone_on_which_an_operation_is_in_progress() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fault(Operation::Authorize, "A", late(3));
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Progress(9), FaultResponse::Ok));
    exchange(&sandbox, &authorize("A", 1));
    assert_eq!(exchange(&sandbox, &authorize("A", 2)).status, 201);
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
    exchange(&sandbox, &query("A"));
    let payment = sandbox.payment("A").unwrap();
    assert_eq!((payment.amount, payment.operation_in_progress), (2, true));
}

#[test]
fn an_authorization_in_progress_shows_no_state_and_ends_declined_if_it_fails() {
    for (effect, end) in [(Effect::Progress(1), PaymentState::Authorized), (Effect::Fail(1), PaymentState::Declined)] {
        let sandbox = Sandbox::start().unwrap();
        sandbox.fault(Operation::Authorize, "A", Fault::new(effect, FaultResponse::Ok));
        assert_eq!(exchange(&sandbox, &authorize("A", 1)).json()["state"], "None");
        let states = [(); 2].map(|()| exchange(&sandbox, &query("A")).json()["state"].clone());
        assert_eq!(states, ["None", end.as_str()], "{effect:?}");
    }
}

#[test]
fn several_effects_come_each_at_its_time() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    for (amount, requests) in [(1, 3), (2, 1), (4, 4)] {
        sandbox.fault(Operation::Capture, "A", late(requests));
        exchange(&sandbox, &crate::raw::capture("A", amount, ""));
    }
    let captured = [(); 5].map(|()| {
        exchange(&sandbox, &query("A"));
        sandbox.captured("A")
    });
    // The third request was the first after the second: what that asked for took effect before it.
    assert_eq!(captured, [3, 3, 3, 7, 7]);
}
