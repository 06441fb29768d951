//! The checkpoint file: there before a request leaves, gone when all is known, and never overwritten.

use std::fs;
use std::process::Command;
use std::time::Duration;

use bambora_core::Checkpoint;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use tempfile::TempDir;

use crate::command::{against, at, bambora, finish, resume, run};

const SOON: Duration = Duration::from_secs(20);

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn it_goes_when_all_is_resolved() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let run = run(against(&sandbox)
        .args(["cancel", "A", "MISSING", "--checkpoint"])
        .arg(&file));
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn it_is_there_before_the_request_is_answered_and_survives_an_interrupt() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.authorize("NEVER-BEGUN");
    let held = Fault::new(Effect::Apply, FaultResponse::Drop).held();
    sandbox.fault(Operation::Cancel, "A", held);
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let child = against(&sandbox)
        .args(["cancel", "A", "NEVER-BEGUN", "--checkpoint"])
        .arg(&file)
        .spawn()
        .unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    let stored = fs::read_to_string(&file).unwrap();
    let checkpoints: Vec<Checkpoint> = stored.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(checkpoints[0].reference().as_str(), "A");
    assert_eq!(checkpoints[0].cancels(), 1);
    assert_eq!(checkpoints[1].cancels(), 0);
    assert!(!stored.contains("7AQu7FGB2Kwm"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let stopped = finish(child);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    assert!(stopped.stderr.contains("bambora resume"), "{stopped:?}");
    let told: Vec<_> = stopped
        .objects()
        .iter()
        .map(|told| told["outcome"].clone())
        .collect();
    assert_eq!(told, ["unknown", "not_sent"]);

    sandbox.recover();
    let resumed = resume(&sandbox, &file);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(resumed.objects()[0]["basis"], "query");
    assert!(sandbox.is_canceled("A") && sandbox.is_canceled("NEVER-BEGUN"));
    assert!(!file.exists());
}

#[test]
fn an_unresolved_one_is_never_overwritten() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let directory = directory();
    let file = directory.path().join("checkpoint");
    fs::write(&file, "somebody's\n").unwrap();
    let refused = run(against(&sandbox)
        .args(["cancel", "A", "--checkpoint"])
        .arg(&file));
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("resume"), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "somebody's\n");
    assert_eq!(sandbox.connections(), 0);
    assert_eq!(resume(&sandbox, &file).code, 2);
}

#[test]
fn where_it_cannot_be_written_nothing_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let run = run(against(&sandbox).args(["cancel", "A", "--checkpoint", "/nowhere/at/all"]));
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn a_server_that_is_gone_for_good_leaves_a_checkpoint_that_a_later_resume_turns_into_the_truth() {
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(
        Operation::Cancel,
        "A",
        Fault::new(Effect::Apply, FaultResponse::Drop).held(),
    );
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let child = against(&sandbox)
        .args(["cancel", "A", "--deadline", "2", "--checkpoint"])
        .arg(&file)
        .spawn()
        .unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    let address = sandbox.address();
    sandbox.stop();
    let gone = finish(child);
    assert_eq!(gone.code, 5, "{gone:?}");
    assert!(file.exists());

    let again = Sandbox::builder().listen_on(address).start().unwrap();
    again.insert("A", bambora_core::PaymentState::Canceled);
    let resumed = resume(&again, &file);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(resumed.object()["basis"], "query");
    assert!(!file.exists());
}

#[test]
fn one_process_at_a_time_works_on_it() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let held = Fault::new(Effect::Apply, FaultResponse::Drop).held();
    sandbox.fault(Operation::Cancel, "A", held);
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let child = against(&sandbox)
        .args(["cancel", "A", "--checkpoint"])
        .arg(&file)
        .spawn()
        .unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    let stored = fs::read_to_string(&file).unwrap();
    let second = resume(&sandbox, &file);
    assert_eq!(second.code, 2, "{second:?}");
    assert!(second.stderr.contains("another process"), "{second:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), stored);
    assert_eq!(sandbox.requests().len(), 1);
    sandbox.recover();
    let first = finish(child);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn checkpoints_can_be_put_together_by_hand() {
    let sandbox = Sandbox::start().unwrap();
    let lines = ["A", "B"].map(|reference| {
        sandbox.authorize(reference);
        let fault = Fault::new(Effect::Apply, FaultResponse::Drop);
        sandbox.fault(Operation::Cancel, reference, fault);
        sandbox.fault_always(Operation::Query, fault);
        let unknown = run(against(&sandbox).args(["cancel", reference, "--deadline", "0.1"]));
        assert_eq!(unknown.code, 5, "{unknown:?}");
        unknown.object()["checkpoint"].to_string()
    });
    sandbox.recover();
    let directory = directory();
    let file = directory.path().join("by-hand");
    fs::write(&file, format!("{}\n{}\n", lines[0], lines[0])).unwrap();
    let twice = resume(&sandbox, &file);
    assert_eq!(twice.code, 2, "{twice:?}");
    assert!(twice.stderr.contains("names A twice"), "{twice:?}");
    fs::write(&file, format!("\n{}\n\n{}\n", lines[0], lines[1])).unwrap();
    let resumed = resume(&sandbox, &file);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(resumed.objects().len(), 2);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn the_way_on_is_said_whole() {
    let mut sandbox = Sandbox::start().unwrap();
    let base_url = sandbox.base_url();
    sandbox.authorize("A");
    let held = Fault::new(Effect::Apply, FaultResponse::Drop).held();
    sandbox.fault(Operation::Cancel, "A", held);
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let child = at("http://127.0.0.1:1")
        .args(["--base-url", &base_url, "cancel", "A", "--deadline", "1"])
        .arg("--checkpoint")
        .arg(&file)
        .spawn()
        .unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    sandbox.stop();
    let gone = finish(child);
    assert_eq!(gone.code, 5, "{gone:?}");
    let way_on = format!("bambora --base-url {base_url} resume {}", file.display());
    assert!(gone.stderr.contains(&way_on), "{gone:?}");
}

#[test]
fn a_sandbox_that_ends_leaves_nothing_to_resume() {
    let directory = directory();
    let file = directory.path().join("checkpoint");
    let refused = run(bambora()
        .args(["--sandbox", "cancel", "A", "--checkpoint"])
        .arg(&file));
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!file.exists());
}
