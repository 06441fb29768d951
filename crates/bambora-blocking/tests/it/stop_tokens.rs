//! Waits that are ended from another thread.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use bambora_blocking::{CancelEvent, CancelPolicy, Client, Outcome, PaymentReference, StopToken};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

/// Longer than any test run.
const LONG: Duration = Duration::from_secs(3600);

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

/// A sandbox that loses the response to the first cancel, and a client that waits long before it queries.
fn losing(effect: Effect) -> (Sandbox, Client) {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(effect, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let policy = CancelPolicy::builder().waits(LONG, LONG).deadline(CancelPolicy::MAX_DEADLINE).build().unwrap();
    let client = Client::builder().cancel_policy(policy).build(sandbox.api()).unwrap();
    (sandbox, client)
}

#[test]
fn a_wait_ends_at_once_and_the_outcome_is_what_is_true_then() {
    let (_sandbox, client) = losing(Effect::Apply);
    let stop = StopToken::new();
    let started = Instant::now();
    let trigger = stop.clone();
    let outcome = client.until(&stop).cancel_with(&reference(), |event| {
        if matches!(event, CancelEvent::Waiting(_)) {
            let trigger = trigger.clone();
            std::thread::spawn(move || trigger.trigger());
        }
        ControlFlow::Continue(())
    });
    assert!(started.elapsed() < LONG / 60);
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    // The client itself has no token: its cancels go on.
    let outcome = client.resume(&unknown.checkpoint).unwrap();
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

#[test]
fn a_token_that_is_triggered_already_ends_the_first_wait() {
    let (sandbox, client) = losing(Effect::Skip);
    let stop = StopToken::new();
    stop.trigger();
    let outcome = client.until(&stop).cancel(&reference());
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_triggered_token_does_not_keep_a_cancel_from_its_outcome() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let stop = StopToken::new();
    stop.trigger();
    let outcome = Client::new(sandbox.api()).until(&stop).cancel(&reference());
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

#[test]
fn a_resumed_cancel_can_be_stopped_too() {
    let (sandbox, client) = losing(Effect::Apply);
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault_always(Operation::Query, lost);
    let stop = StopToken::new();
    stop.trigger();
    let client = client.until(&stop);
    let Outcome::Unknown(unknown) = client.cancel(&reference()) else {
        panic!("resolved");
    };
    let resumed = client.resume(&unknown.checkpoint).unwrap();
    let Outcome::Unknown(still) = resumed else {
        panic!("{resumed}");
    };
    assert_eq!(still.checkpoint, unknown.checkpoint);
    assert_eq!(sandbox.requests().len(), 2);
}
