//! A wait that is ended from another thread.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use bambora_blocking::{Client, Interrupt};
use bambora_core::{CancelEvent, CancelPolicy, Outcome};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

/// A wait as long as no test run.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_wait_ends_at_once_and_the_outcome_is_what_is_true_then() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(
        Operation::Cancel,
        "A",
        Fault::new(Effect::Apply, FaultResponse::Drop),
    );
    let policy = CancelPolicy::builder()
        .waits(LONG, LONG)
        .deadline(CancelPolicy::MAX_DEADLINE)
        .build()
        .unwrap();
    let client = Client::builder()
        .cancel_policy(policy)
        .build(sandbox.api())
        .unwrap();
    let mut flow = client.cancel_flow("A".parse().unwrap());
    let interrupt = Interrupt::new();
    let started = Instant::now();
    let outcome = thread::scope(|scope| {
        client.drive_until(&mut flow, &interrupt, |_, event| {
            if matches!(event, CancelEvent::Waiting(_)) {
                scope.spawn(|| interrupt.interrupt());
            }
            ControlFlow::Continue(())
        })
    });
    assert!(started.elapsed() < LONG / 60);
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    let mut resumed = client.resume_flow(unknown.checkpoint).unwrap();
    let outcome = client.drive(&mut resumed, |_, _| ControlFlow::Continue(()));
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

#[test]
fn one_that_is_thrown_already_ends_the_first_wait() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(
        Operation::Cancel,
        "A",
        Fault::new(Effect::Skip, FaultResponse::Drop),
    );
    let client = Client::new(sandbox.api());
    let interrupt = Interrupt::new();
    interrupt.interrupt();
    let mut flow = client.cancel_flow("A".parse().unwrap());
    let outcome = client.drive_until(&mut flow, &interrupt, |_, _| ControlFlow::Continue(()));
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");
    assert_eq!(sandbox.requests().len(), 1);
}
