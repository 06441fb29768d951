//! A dead server gets one probe at a time, and the run goes on as soon as it is back.

use std::time::Duration;

use bambora_batch::{Admission, Breaker};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> Breaker {
    Breaker::new(3, SECOND, SECOND * 8)
}

#[test]
fn a_few_failures_in_a_row_open_it_and_waits_grow() {
    let mut breaker = breaker();
    let mut now = Duration::ZERO;
    for _ in 0..3 {
        assert_eq!(breaker.admit(now), Admission::Go);
        breaker.failed(now, Admission::Go);
    }
    assert!(breaker.is_open());
    for wait in [1, 2, 4, 8, 8] {
        let until = now + SECOND * wait;
        assert_eq!(breaker.admit(now), Admission::WaitUntil(until));
        now = until;
        assert_eq!(breaker.admit(now), Admission::Probe);
        assert_eq!(breaker.admit(now), Admission::WaitForProbe);
        breaker.failed(now, Admission::Go);
        assert_eq!(breaker.admit(now), Admission::WaitForProbe);
        breaker.failed(now, Admission::Probe);
    }
    assert_eq!(breaker.admit(now + SECOND * 8), Admission::Probe);
    breaker.connected();
    assert_eq!(breaker.admit(now), Admission::Go);
}

#[test]
fn failures_that_are_not_in_a_row_do_not_open_it() {
    let mut breaker = breaker();
    for _ in 0..10 {
        for _ in 0..2 {
            breaker.failed(Duration::ZERO, Admission::Go);
        }
        assert!(!breaker.is_open());
        breaker.connected();
    }
}

#[test]
fn a_probe_that_was_given_up_makes_room_for_another() {
    let mut breaker = breaker();
    for _ in 0..3 {
        breaker.failed(Duration::ZERO, Admission::Go);
    }
    assert_eq!(breaker.admit(SECOND), Admission::Probe);
    breaker.abandoned(SECOND, Admission::Go);
    assert_eq!(breaker.admit(SECOND), Admission::WaitForProbe);
    breaker.abandoned(SECOND, Admission::Probe);
    assert_eq!(breaker.admit(SECOND), Admission::Probe);
}

#[test]
fn a_server_with_nobody_behind_it_opens_it_at_once() {
    let mut breaker = breaker();
    breaker.trip(Duration::ZERO, Admission::Go);
    assert_eq!(breaker.admit(Duration::ZERO), Admission::WaitUntil(SECOND));
    // Requests that were begun before do not change the wait, and one that is no probe does not end the probe.
    breaker.trip(SECOND / 2, Admission::Go);
    assert_eq!(breaker.admit(SECOND), Admission::Probe);
    breaker.trip(SECOND, Admission::Go);
    assert_eq!(breaker.admit(SECOND), Admission::WaitForProbe);
    breaker.trip(SECOND, Admission::Probe);
    assert_eq!(breaker.admit(SECOND), Admission::WaitUntil(SECOND * 3));
}

#[test]
fn settings_that_make_no_sense_are_mended() {
    let mut breaker = Breaker::new(0, SECOND * 4, SECOND);
    assert!(!breaker.is_open());
    breaker.failed(Duration::ZERO, Admission::Go);
    for _ in 0..2 {
        assert_eq!(breaker.admit(Duration::ZERO), Admission::WaitUntil(SECOND * 4));
        assert_eq!(breaker.admit(SECOND * 4), Admission::Probe);
        breaker.failed(Duration::ZERO, Admission::Probe);
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Ask,
    Connect,
    Fail,
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Ask),
        1 => Just(Event::Connect),
        3 => Just(Event::Fail),
        2 => (0u64..3_000).prop_map(Event::Pass),
    ]
}

proptest! {
    /// Requests end in any order, with any result.
    #[test]
    fn at_most_one_probe_is_under_way_and_none_is_forgotten(events in prop::collection::vec(event(), 1..200)) {
        let mut breaker = breaker();
        let mut now = Duration::ZERO;
        let mut under_way = Vec::new();
        for (index, event) in events.into_iter().enumerate() {
            match event {
                Event::Ask => match breaker.admit(now) {
                    admission @ (Admission::Go | Admission::Probe) => {
                        under_way.push(admission);
                        prop_assert_eq!(breaker.is_open(), admission == Admission::Probe);
                    }
                    Admission::WaitUntil(time) => prop_assert!(time > now && time <= now + SECOND * 8),
                    _ => prop_assert!(under_way.contains(&Admission::Probe)),
                },
                Event::Connect | Event::Fail if under_way.is_empty() => {}
                Event::Connect => {
                    under_way.swap_remove(index % under_way.len());
                    breaker.connected();
                    prop_assert!(!breaker.is_open());
                }
                Event::Fail => {
                    let admission = under_way.swap_remove(index % under_way.len());
                    breaker.failed(now, admission);
                }
                Event::Pass(milliseconds) => now += Duration::from_millis(milliseconds),
            }
        }
    }
}
