//! When the flow waits, and for how long.

use std::time::{Duration, Instant};

use bambora_core::{CancelFlow, CancelPolicy, Delivery, Outcome, RequestKind, Step};
use http::Response;

use super::flow_under_test::api;
use super::model_server::{REFERENCE, payment, problem};

const SECOND: Duration = Duration::from_secs(1);

fn flow(policy: CancelPolicy, seed: u64) -> CancelFlow {
    CancelFlow::new(api(), REFERENCE.parse().unwrap(), policy, seed)
}

fn throttled(retry_after: &str) -> Response<Vec<u8>> {
    Response::builder()
        .status(429)
        .header("retry-after", retry_after)
        .body(Vec::new())
        .unwrap()
}

#[test]
fn retry_after_is_honoured() {
    let now = Instant::now();
    let mut flow = flow(CancelPolicy::default(), 1);
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Cancel, _)));
    flow.on_response(&throttled("7"));
    let Step::Wait(wait) = flow.step(now) else {
        panic!("no wait");
    };
    assert_eq!(wait, 7 * SECOND);
    assert!(matches!(flow.step(now + 6 * SECOND), Step::Wait(left) if left == SECOND));
    assert!(matches!(
        flow.step(now + 7 * SECOND),
        Step::Send(RequestKind::Cancel, _)
    ));
}

#[test]
fn a_retry_after_beyond_the_deadline_ends_the_flow_at_once() {
    for too_long in ["61", "18446744073709551615", "99999999999999999999999"] {
        let now = Instant::now();
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(now);
        flow.on_response(&throttled(too_long));
        let step = flow.step(now);
        assert!(matches!(step, Step::Done(Outcome::Unknown(_))), "{step:?}");
    }
}

#[test]
fn a_retry_after_that_is_no_number_of_seconds_leaves_the_own_waits() {
    for odd in ["", "-1", "1.5", "Tue, 24 Nov 2026 00:00:00 GMT"] {
        let now = Instant::now();
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(now);
        flow.on_response(&throttled(odd));
        let Step::Wait(wait) = flow.step(now) else {
            panic!("no wait");
        };
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
    }
}

#[test]
fn a_refusal_is_asked_after_at_once() {
    let now = Instant::now();
    let mut flow = flow(CancelPolicy::default(), 1);
    let _ = flow.step(now);
    flow.on_response(&problem(422, "invalid_payment_state_transition"));
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Query, _)));
}

#[test]
fn waits_double_up_to_the_longest_and_the_deadline_ends_all() {
    let mut longest = [Duration::ZERO; 7];
    for seed in 0..500 {
        let policy = CancelPolicy::builder().queries(20).build().unwrap();
        let start = Instant::now();
        let mut now = start;
        let mut flow = flow(policy, seed);
        let mut waits = Vec::new();
        let outcome = loop {
            match flow.step(now) {
                Step::Send(_, _) => flow.on_failure(Delivery::Unknown),
                Step::Wait(wait) => {
                    now += wait;
                    waits.push(wait);
                }
                Step::Done(outcome) => break outcome,
            }
        };
        assert!(matches!(outcome, Outcome::Unknown(_)));
        assert!(now - start < 60 * SECOND);
        for (wait, longest) in waits.iter().zip(&mut longest) {
            *longest = (*longest).max(*wait);
        }
    }
    for (longest, ceiling) in longest
        .iter()
        .zip([500, 1000, 2000, 4000, 8000, 8000, 8000])
    {
        let ceiling = Duration::from_millis(ceiling);
        assert!(
            *longest <= ceiling && *longest > ceiling * 9 / 10,
            "{longest:?} of {ceiling:?}"
        );
    }
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let now = Instant::now();
    let mut flow = flow(CancelPolicy::default(), 1);
    flow.on_response(&payment(REFERENCE, "Canceled", false));
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Cancel, _)));
    flow.on_failure(Delivery::Unknown);
    // The lost answer comes after all; but the flow has settled for a query, which is as good.
    flow.on_response(&payment(REFERENCE, "Canceled", false));
    flow.on_failure(Delivery::NotSent);
    let Step::Wait(wait) = flow.step(now) else {
        panic!("no wait");
    };
    assert!(matches!(
        flow.step(now + wait),
        Step::Send(RequestKind::Query, _)
    ));
}

#[test]
fn a_clock_that_goes_back_does_no_harm() {
    let later = Instant::now() + 10 * SECOND;
    let mut flow = flow(CancelPolicy::default(), 1);
    assert!(matches!(
        flow.step(later),
        Step::Send(RequestKind::Cancel, _)
    ));
    flow.on_failure(Delivery::NotSent);
    assert!(matches!(flow.step(later - 10 * SECOND), Step::Wait(_)));
}
