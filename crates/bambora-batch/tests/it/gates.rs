//! Responses that are about the run.

use bambora_batch::{Decision, Gate, StopReason};
use http::StatusCode;
use proptest::prelude::*;

#[test]
fn the_first_401_or_403_stops_the_run_at_any_time() {
    for (status, reason) in
        [(StatusCode::UNAUTHORIZED, StopReason::Unauthorized), (StatusCode::FORBIDDEN, StopReason::Forbidden)]
    {
        for before in [0, 5, 500] {
            let mut gate = Gate::new();
            for _ in 0..before {
                assert_eq!(gate.check(StatusCode::OK), Decision::Pass);
            }
            assert_eq!(gate.check(status), Decision::Stop(reason));
        }
    }
}

#[test]
fn a_run_that_finds_nothing_stops_unless_that_is_right() {
    let mut gate = Gate::new();
    for _ in 1..Gate::NOT_FOUND_LIMIT {
        assert_eq!(gate.check(StatusCode::NOT_FOUND), Decision::Hold);
    }
    assert!(gate.holds_not_found());
    let Decision::Stop(reason) = gate.check(StatusCode::NOT_FOUND) else {
        panic!("it goes on");
    };
    assert!(reason.to_string().contains("all of the first 20"), "{reason}");
    let mut gate = Gate::with_any_not_found();
    assert!(!gate.holds_not_found());
    assert!((0..100).all(|_| gate.check(StatusCode::NOT_FOUND) == Decision::Pass));
}

#[test]
fn a_server_in_trouble_says_nothing_of_what_is_found() {
    let mut gate = Gate::new();
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE] {
        assert_eq!(gate.check(status), Decision::Pass);
        assert!(gate.holds_not_found());
    }
}

proptest! {
    #[test]
    fn one_other_response_lets_every_404_pass(before in 0u32..19, status in 200u16..600, after in 0u32..100) {
        prop_assume!(![401, 403, 404, 429].contains(&status) && status < 500);
        let mut gate = Gate::new();
        for _ in 0..before {
            prop_assert_eq!(gate.check(StatusCode::NOT_FOUND), Decision::Hold);
        }
        prop_assert!(gate.holds_not_found());
        prop_assert_eq!(gate.check(StatusCode::from_u16(status).unwrap()), Decision::Pass);
        prop_assert!(!gate.holds_not_found());
        for _ in 0..after {
            prop_assert_eq!(gate.check(StatusCode::NOT_FOUND), Decision::Pass);
        }
    }
}
