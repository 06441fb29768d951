//! Signals during a run: nothing new is begun after the first, the second ends it at once, and what was not begun costs
//! nothing.

use std::process::Child;
use std::time::{Duration, Instant};

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use serde_json::json;

use super::fixture::{Fixture, summary};
use crate::command::{Stderr, finish, run, signal};

const SOON: Duration = Duration::from_secs(20);
const PAYMENTS: usize = 1_000;

/// A run whose first cancel request was applied and waits for its response.
fn held(fixture: &Fixture, response: FaultResponse) -> Child {
    let fault = Fault::new(Effect::Apply, response).held();
    fixture.sandbox.fault(Operation::Cancel, "ORDER-1", fault);
    let child = fixture.cancel().args(["--jobs", "1"]).spawn().unwrap();
    assert!(fixture.sandbox.wait_for_held(1, SOON));
    child
}

#[test]
fn the_first_signal_gives_what_is_under_way_its_time_and_leaves_the_rest_waiting() {
    for name in ["INT", "TERM", "HUP"] {
        let fixture = Fixture::new(PAYMENTS);
        let mut child = held(&fixture, FaultResponse::Ok);
        let mut stderr = Stderr::of(&mut child);
        signal(&child, name);
        stderr.wait_for("stopping");
        fixture.sandbox.release();
        let stopped = finish(child);
        assert_eq!(stopped.code, 4, "{name}: {stopped:?}");
        let summary = summary(&stopped);
        assert_eq!(summary["end"], "stopped");
        assert_eq!((&summary["payments"]["canceled"], &summary["payments"]["waiting"]), (&json!(1), &json!(999)));
        assert_eq!(fixture.sandbox.requests().len(), 1);
        // Those that were not begun cost nothing: no query is needed for them.
        let resumed = run(&mut fixture.resume());
        assert_eq!(resumed.code, 0, "{name}: {resumed:?}");
        assert_eq!(fixture.sandbox.requests().len(), PAYMENTS);
        fixture.check_rows(PAYMENTS);
    }
}

#[test]
fn the_second_signal_ends_at_once_and_leaves_what_is_under_way_in_doubt() {
    let fixture = Fixture::new(PAYMENTS);
    let mut child = held(&fixture, FaultResponse::Drop);
    let mut stderr = Stderr::of(&mut child);
    signal(&child, "INT");
    stderr.wait_for("stopping");
    signal(&child, "TERM");
    // The response is still held, and the exchange would have 30 seconds.
    let since = Instant::now();
    let stopped = finish(child);
    assert!(since.elapsed() < SOON);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    let summary = summary(&stopped);
    assert_eq!((&summary["payments"]["started"], &summary["payments"]["waiting"]), (&json!(1), &json!(999)));
    fixture.sandbox.recover();
    let resumed = run(&mut fixture.resume());
    assert_eq!(resumed.code, 0, "{resumed:?}");
    let first = &fixture.rows()[0];
    assert_eq!((&first["reference"], &first["confirmation"]), (&json!("ORDER-1"), &json!("query")));
    fixture.check_requests();
    assert_eq!(fixture.sandbox.requests().len(), PAYMENTS + 1);
}

#[test]
fn a_signal_while_the_list_is_read_leaves_the_journal_as_it_was() {
    let fixture = Fixture::new(1);
    let mut child = fixture
        .command("cancel")
        .args(["--from", "-", "--journal"])
        .arg(&fixture.journal)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let since = Instant::now();
    while !fixture.journal.exists() {
        assert!(since.elapsed() < SOON);
        std::thread::yield_now();
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), None);
    assert_eq!(fixture.sandbox.connections(), 0);
    let canceled = run(&mut fixture.cancel());
    assert_eq!(canceled.code, 0, "{canceled:?}");
}
