//! When the flow waits, and for how long.

use std::time::Duration;

use bambora_core::flow::{Connection, RequestKind, Step};
use bambora_core::{CancelFlow, CancelPolicy, Outcome, TransportError};
use http::Response;

use super::flow_under_test::merchant;
use super::responses::{REFERENCE, coded, payment_in, problem, response};

const SECOND: Duration = Duration::from_secs(1);

fn flow(policy: CancelPolicy, seed: u64) -> CancelFlow {
    CancelFlow::new(merchant(), REFERENCE.parse().unwrap(), policy, seed)
}

fn retrying_after(status: u16, seconds: &'static str) -> Response<Vec<u8>> {
    let mut response = response(status, "");
    let seconds = http::HeaderValue::from_static(seconds);
    response.headers_mut().insert("retry-after", seconds);
    response
}

fn throttled(seconds: &'static str) -> Response<Vec<u8>> {
    retrying_after(429, seconds)
}

#[test]
fn retry_after_is_followed() {
    let now = Duration::ZERO;
    let mut flow = flow(CancelPolicy::default(), 1);
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Cancel)));
    flow.on_response(&throttled("7"), Connection::Fresh);
    let Step::Wait(wait) = flow.step(now) else {
        panic!("no wait");
    };
    assert_eq!(wait, 7 * SECOND);
    assert!(matches!(flow.step(now + 6 * SECOND), Step::Wait(left) if left == SECOND));
    assert!(matches!(flow.step(now + 7 * SECOND), Step::Send(RequestKind::Cancel)));
}

#[test]
fn a_retry_after_beyond_the_deadline_ends_the_flow_at_once() {
    for too_long in ["61", "18446744073709551615", "99999999999999999999999"] {
        let now = Duration::ZERO;
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(now);
        flow.on_response(&throttled(too_long), Connection::Fresh);
        let step = flow.step(now);
        assert!(matches!(step, Step::Done(Outcome::Unknown(_))), "{step:?}");
    }
}

/// No request is started once the total time is up: not at its very end either.
#[test]
fn a_wait_to_the_very_deadline_ends_the_flow_and_a_shorter_one_does_not() {
    let after = |seconds| {
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(SECOND);
        flow.on_response(&throttled(seconds), Connection::Fresh);
        flow.step(SECOND)
    };
    assert_eq!(after("59"), Step::Wait(59 * SECOND));
    assert!(matches!(after("60"), Step::Done(Outcome::Unknown(_))));
}

#[test]
fn a_retry_after_is_taken_for_a_day_at_most() {
    let day = 86_400 * SECOND;
    for (text, expected) in [("86399", day - SECOND), ("86400", day), ("86401", day), (" 99999999999999999999 ", day)] {
        let response = throttled(text);
        let result = RequestKind::Cancel.judge(&REFERENCE.parse().unwrap(), &response, Connection::Fresh);
        assert_eq!(result.retry_after, Some(expected), "{text}");
    }
}

#[test]
fn a_retry_after_that_is_no_number_of_seconds_leaves_the_own_waits() {
    for odd in ["", "-1", "1.5", "Tue, 24 Nov 2026 00:00:00 GMT"] {
        let now = Duration::ZERO;
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(now);
        flow.on_response(&throttled(odd), Connection::Fresh);
        let Step::Wait(wait) = flow.step(now) else {
            panic!("no wait");
        };
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
    }
}

#[test]
fn an_invalid_state_is_queried_at_once() {
    let now = Duration::ZERO;
    let mut flow = flow(CancelPolicy::default(), 1);
    let _ = flow.step(now);
    flow.on_response(&problem(422, "invalid_payment_state_transition"), Connection::Fresh);
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Query)));
}

#[test]
fn waits_double_up_to_the_longest_and_the_deadline_ends_all() {
    let mut longest = [Duration::ZERO; 7];
    for seed in 0..500 {
        let policy = CancelPolicy::builder().queries(20).build().unwrap();
        let start = Duration::ZERO;
        let mut now = start;
        let mut flow = flow(policy, seed);
        let mut waits = Vec::new();
        let outcome = loop {
            match flow.step(now) {
                Step::Send(_) => flow.on_failure(&TransportError::unknown("reset")),
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
    for (longest, ceiling) in longest.iter().zip([500, 1000, 2000, 4000, 8000, 8000, 8000]) {
        let ceiling = Duration::from_millis(ceiling);
        assert!(*longest <= ceiling && *longest > ceiling * 9 / 10, "{longest:?} of {ceiling:?}");
    }
}

#[test]
fn a_response_that_nobody_waits_for_changes_nothing() {
    let now = Duration::ZERO;
    let mut flow = flow(CancelPolicy::default(), 1);
    flow.on_response(&payment_in("Canceled"), Connection::Fresh);
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Cancel)));
    flow.on_failure(&TransportError::unknown("reset"));
    // The lost response comes after all; but the flow has settled for a query, which is as good.
    flow.on_response(&payment_in("Canceled"), Connection::Fresh);
    flow.on_failure(&TransportError::not_sent("refused"));
    let Step::Wait(wait) = flow.step(now) else {
        panic!("no wait");
    };
    assert!(matches!(flow.step(now + wait), Step::Send(RequestKind::Query)));
}

#[test]
fn a_clock_that_goes_back_does_no_harm() {
    let later = 10 * SECOND;
    let mut flow = flow(CancelPolicy::default(), 1);
    assert!(matches!(flow.step(later), Step::Send(RequestKind::Cancel)));
    flow.on_failure(&TransportError::not_sent("refused"));
    assert!(matches!(flow.step(later - 10 * SECOND), Step::Wait(_)));
}

#[test]
fn a_retry_after_counts_with_429_and_503_only() {
    for status in 200..600 {
        let mut flow = flow(CancelPolicy::default(), 1);
        let _ = flow.step(Duration::ZERO);
        flow.on_response(&retrying_after(status, "7"), Connection::Fresh);
        let Step::Wait(wait) = flow.step(Duration::ZERO) else {
            panic!("no wait");
        };
        let is_followed = wait == 7 * SECOND;
        assert_eq!(is_followed, [429, 503].contains(&status), "{status}: {wait:?}");
    }
}

#[test]
fn a_retry_after_does_not_shorten_the_own_wait() {
    let mut flow = flow(CancelPolicy::default(), 1);
    let _ = flow.step(Duration::ZERO);
    flow.on_response(&throttled("0"), Connection::Fresh);
    assert!(matches!(flow.step(Duration::ZERO), Step::Wait(_)));
}

/// A body with a coding that was not asked for shows nothing, whatever its status.
#[test]
fn a_coded_429_is_not_taken_as_throttled() {
    let mut flow = flow(CancelPolicy::default(), 1);
    let _ = flow.step(Duration::ZERO);
    flow.on_response(&coded(throttled("3"), "gzip"), Connection::Fresh);
    assert_eq!(flow.step(Duration::ZERO), Step::Wait(3 * SECOND));
    assert_eq!(flow.step(3 * SECOND), Step::Send(RequestKind::Query));
}

#[test]
fn time_at_either_end_of_its_range_does_no_harm() {
    let errors = [TransportError::not_sent("refused"), TransportError::unknown("reset")];
    let starts = [Duration::ZERO, Duration::MAX - 3 * SECOND, Duration::MAX];
    for (start, error) in starts.into_iter().flat_map(|start| errors.iter().map(move |error| (start, error))) {
        let mut flow = flow(CancelPolicy::default(), 1);
        let mut now = start;
        let ended = (0..1_000).any(|_| {
            match flow.step(now) {
                Step::Send(_) => flow.on_failure(error),
                Step::Wait(wait) => now = now.saturating_add(wait),
                Step::Done(_) => return true,
            }
            false
        });
        assert!(ended, "from {start:?}");
    }
}
