//! However requests come, no more of them go than the rate permits.

use std::time::Duration;

use bambora_batch::{Pacer, Rate};
use proptest::prelude::*;

#[test]
fn rates_that_cannot_be_kept_are_refused() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e7, 1e-9] {
        assert!(Rate::per_second(rate).is_err(), "{rate}");
    }
    assert_eq!(Rate::per_second(4.0).unwrap().interval(), Duration::from_millis(250));
}

#[test]
fn without_a_rate_only_a_pause_holds_back() {
    let mut pacer = Pacer::unlimited();
    let second = Duration::from_secs(1);
    assert!((0..1_000).all(|_| pacer.permit(Duration::ZERO).is_ok()));
    pacer.pause_until(second);
    pacer.pause_until(second / 2);
    assert_eq!(pacer.permit(second / 2), Err(second));
    assert_eq!(pacer.permit(second), Ok(()));
}

#[test]
fn a_pause_is_told_as_long_as_it_lasts() {
    let mut pacer = Pacer::new(Rate::per_second(1.0).unwrap());
    let second = Duration::from_secs(1);
    assert_eq!(pacer.paused_until(Duration::ZERO), None);
    pacer.pause_until(second * 2);
    assert_eq!(pacer.permit(second), Err(second * 2));
    assert_eq!([1, 2, 3].map(|now| pacer.paused_until(second * now)), [Some(second * 2), None, None]);
    // The next turn is later than the end of the pause.
    assert_eq!(pacer.permit(second * 2), Ok(()));
    pacer.pause_until(second * 5 / 2);
    // A timer was late by a little, as far as the pacer knows.
    let next = second * 3 - Duration::from_millis(10);
    assert_eq!(pacer.permit(second * 2), Err(next));
    assert_eq!(pacer.permit(second * 5 / 2), Err(next));
}

#[test]
fn the_lowest_and_the_highest_rate_are_rates() {
    assert_eq!(Rate::per_second(1.0 / 86_400.0).unwrap().interval(), Duration::from_secs(86_400));
    assert_eq!(Rate::per_second(1e6).unwrap().interval(), Duration::from_micros(1));
}

/// Asks again at the times that the pacer names, a little late.
fn send(pacer: &mut Pacer, requests: usize, late: &[u64]) -> Vec<Duration> {
    let mut now = Duration::ZERO;
    let mut sent = Vec::new();
    for late in late.iter().cycle() {
        match pacer.permit(now) {
            Ok(()) => sent.push(now),
            Err(next) => {
                assert!(next > now);
                now = next + Duration::from_micros(*late);
            }
        }
        if sent.len() == requests {
            break;
        }
    }
    sent
}

proptest! {
    #[test]
    fn no_window_has_more_than_the_rate(
        rate in 0.5f64..5_000.0,
        late in prop::collection::vec(0u64..4_000, 1..20),
        window in 1u32..100,
    ) {
        let rate = Rate::per_second(rate).unwrap();
        let sent = send(&mut Pacer::new(rate), 300, &late);
        let window = rate.interval() * window;
        // The first one, what lateness of timers lets be caught up, and rounding.
        let most = (window + Duration::from_millis(10)).as_secs_f64() / rate.interval().as_secs_f64() + 1.001;
        for (index, from) in sent.iter().enumerate() {
            let count = sent[index..].iter().take_while(|time| **time < *from + window).count();
            prop_assert!((count as f64) <= most, "{count} in {window:?} of {rate:?}");
        }
    }

    #[test]
    fn timers_that_are_a_little_late_cost_no_rate(rate in 0.5f64..5_000.0, late in 0u64..4_000) {
        let rate = Rate::per_second(rate).unwrap();
        let sent = send(&mut Pacer::new(rate), 1_000, &[late]);
        let ideal = rate.interval() * 1_000;
        prop_assert!(*sent.last().unwrap() <= ideal + Duration::from_millis(10));
    }

    #[test]
    fn nothing_goes_during_a_pause(
        rate in 0.5f64..5_000.0,
        from in 0u64..1_000,
        length in 0u64..10_000,
    ) {
        let mut pacer = Pacer::new(Rate::per_second(rate).unwrap());
        let (from, until) = (Duration::from_millis(from), Duration::from_millis(from + length));
        let _ = pacer.permit(Duration::ZERO);
        pacer.pause_until(until);
        let mut now = from;
        while let Err(next) = pacer.permit(now) {
            prop_assert!(next > now);
            now = next;
        }
        prop_assert!(now >= until);
    }
}
