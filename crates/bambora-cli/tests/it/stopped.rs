//! The command is stopped at random moments, and resumed: nothing is lost, and nothing is claimed wrongly.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use bambora_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{Run, against, finish, resume, signal};

const STOPS: u64 = 50;
const AT_ONCE: u64 = 5;
const REFERENCES: [&str; 3] = ["A", "B/ö", "C"];

#[test]
fn nothing_is_lost_when_the_command_is_stopped() {
    thread::scope(|scope| {
        for lane in 0..AT_ONCE {
            scope.spawn(move || (lane..STOPS).step_by(AT_ONCE as usize).for_each(stop_and_resume));
        }
    });
    println!("{STOPS} stops");
}

fn stop_and_resume(seed: u64) {
    let sandbox = Sandbox::start().unwrap();
    for reference in REFERENCES {
        sandbox.authorize(reference);
    }
    sandbox.random_faults(seed, 400);
    let child = against(&sandbox, "cancel").args(REFERENCES).spawn().unwrap();
    // The moment: when that many requests came in, or, for the first, somewhere around the start.
    let requests = usize::try_from(seed % 6).unwrap();
    if requests > 0 {
        let _ = sandbox.wait_for_requests(requests, Duration::from_secs(2));
    } else {
        let _ = sandbox.wait_for_requests(1, Duration::from_millis(seed));
    }
    signal(&child, "INT");
    signal(&child, "TERM");
    let stopped = finish(child);

    let told = claims(&sandbox, &stopped);
    if told.is_empty() {
        assert_eq!(sandbox.requests().len(), 0, "seed {seed}: stopped before it caught signals, so nothing was sent");
        return;
    }
    assert_eq!(told.keys().collect::<Vec<_>>(), REFERENCES.iter().collect::<Vec<_>>(), "seed {seed}");
    let checkpoints: Vec<String> = told
        .values()
        .filter(|object| object["outcome"] == "unknown")
        .map(|object| object["checkpoint"].to_string())
        .collect();
    if checkpoints.is_empty() {
        return;
    }
    sandbox.recover();
    let resumed = claims(&sandbox, &resume(&sandbox, &checkpoints.join("\n")));
    assert_eq!(resumed.len(), checkpoints.len(), "seed {seed}");
    for object in resumed.values() {
        assert_eq!(object["outcome"], "canceled", "seed {seed}");
    }
}

/// What a run claims, each checked against the truth.
fn claims(sandbox: &Sandbox, run: &Run) -> BTreeMap<String, Value> {
    let claims = run.objects().into_iter().map(|object| {
        let reference = object["reference"].as_str().unwrap().to_owned();
        let canceled = sandbox.is_canceled(&reference);
        match object["outcome"].as_str().unwrap() {
            "canceled" => assert!(canceled, "{object}"),
            "refused" | "not_sent" => assert!(!canceled, "{object}"),
            "unknown" => {}
            other => panic!("{other}"),
        }
        (reference, object)
    });
    claims.collect()
}
