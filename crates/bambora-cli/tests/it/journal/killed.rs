//! kill -9 at any moment.

use std::collections::BTreeMap;

use bambora_core::PaymentState;

use super::fixture::{Events, Fixture};
use crate::command::run;

/// 8 kills over 400 payments; with `BAMBORA_LONG_TESTS` 100 over 10,000.
fn setting() -> (usize, usize) {
    match std::env::var_os("BAMBORA_LONG_TESTS") {
        Some(_) => (100, 10_000),
        None => (8, 400),
    }
}

#[test]
fn nothing_is_lost_and_no_cancel_is_repeated_blindly() {
    let (kills, payments) = setting();
    let fixture = Fixture::new(payments);
    for number in (5..=payments).step_by(40) {
        fixture.sandbox.insert(&format!("ORDER-{number}"), PaymentState::Captured);
    }
    fixture.sandbox.random_faults(17, 60);
    let options = ["--jobs", "64", "--stuck-after", "1000"];
    let mut told = BTreeMap::new();
    for kill in 0..kills {
        let mut child = fixture.cancel().args(options).spawn().unwrap();
        let mut events = Events::of(&mut child);
        // Any number up to twice the average, so that the last kill comes about at the end of the list.
        let until = 1 + (kill * 7_919 + 13) % (2 * payments / kills);
        let recorded = |events: &mut Events, most| {
            let recorded = events.filter(|event| event["event"] == "recorded").take(most);
            recorded.map(|event| (event["reference"].to_string(), event["status"].clone())).collect::<Vec<_>>()
        };
        told.extend(recorded(&mut events, until));
        child.kill().unwrap();
        child.wait().unwrap();
        told.extend(recorded(&mut events, usize::MAX));
    }
    let mut runs = 0;
    let mut code = 5;
    while code > 3 {
        let resumed = run(fixture.resume().args(options));
        runs += 1;
        assert!(runs < 10, "{resumed:?}");
        code = resumed.code;
    }
    assert_eq!(code, 3, "some were captured");
    fixture.check_rows(payments);
    fixture.check_requests();
    for row in fixture.rows() {
        // A terminal row that was told has not changed since.
        match told.get(&row["reference"].to_string()) {
            Some(status) if status == "canceled" || status == "refused" => assert_eq!(&row["status"], status, "{row}"),
            _ => {}
        }
    }
    println!("{kills} kills, {} requests", fixture.sandbox.requests().len());
}
