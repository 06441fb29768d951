//! The command is killed at random moments, and resumed: nothing is lost, and nothing is claimed wrongly.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use bambora_core::Checkpoint;
use bambora_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{Run, against, finish, resume};

const KILLS: u64 = 50;
const AT_ONCE: u64 = 5;
const REFERENCES: [&str; 3] = ["A", "B/ö", "C"];

#[test]
fn nothing_is_lost_when_the_command_is_killed() {
    thread::scope(|scope| {
        for lane in 0..AT_ONCE {
            scope.spawn(move || {
                (lane..KILLS)
                    .step_by(AT_ONCE as usize)
                    .for_each(kill_and_resume)
            });
        }
    });
    println!("{KILLS} kills");
}

fn kill_and_resume(seed: u64) {
    let sandbox = Sandbox::start().unwrap();
    for reference in REFERENCES {
        sandbox.authorize(reference);
    }
    sandbox.random_faults(seed, 400);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("checkpoint");
    let mut child = against(&sandbox)
        .arg("cancel")
        .args(REFERENCES)
        .arg("--checkpoint")
        .arg(&file)
        .spawn()
        .unwrap();
    // The moment: when so many requests came in, or, for the first, somewhere around the start.
    let requests = usize::try_from(seed % 6).unwrap();
    if requests > 0 {
        let _ = sandbox.wait_for_requests(requests, Duration::from_secs(2));
    } else {
        let _ = sandbox.wait_for_requests(1, Duration::from_millis(seed));
    }
    child.kill().unwrap();
    let killed = finish(child);

    let mut told = claims(&sandbox, &killed);
    if file.exists() {
        let stored = fs::read_to_string(&file).unwrap();
        let unresolved: Vec<Checkpoint> =
            stored.lines().map(|line| line.parse().unwrap()).collect();
        assert!(!unresolved.is_empty());
        sandbox.recover();
        told.extend(claims(&sandbox, &resume(&sandbox, &file)));
        assert!(
            !file.exists(),
            "seed {seed}: everything is resolved once the server recovers"
        );
    } else if told.is_empty() {
        assert_eq!(
            sandbox.requests().len(),
            0,
            "seed {seed}: killed before the file, so nothing was sent"
        );
        return;
    }
    let told: Vec<_> = told.into_keys().collect();
    assert_eq!(told, REFERENCES, "seed {seed}");
}

/// What a run claims, each checked against the truth.
fn claims(sandbox: &Sandbox, run: &Run) -> BTreeMap<String, Value> {
    // A line that the kill cut off claims nothing.
    let whole = run
        .stdout
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole
        .map(|line| {
            let object: Value = serde_json::from_str(line).unwrap();
            let reference = object["reference"].as_str().unwrap().to_owned();
            let canceled = sandbox.is_canceled(&reference);
            match object["outcome"].as_str().unwrap() {
                "canceled" => assert!(canceled, "{object}"),
                "refused" | "not_sent" => assert!(!canceled, "{object}"),
                "unknown" => {}
                other => panic!("{other}"),
            }
            (reference, object)
        })
        .collect()
}
