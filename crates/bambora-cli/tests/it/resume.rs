//! Checkpoint lines: printed for what is unknown, and resumed from a file or stdin.

use std::fs;

use bambora_core::Checkpoint;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::command::{against, at, bambora, resume, run};

fn drops(effect: Effect) -> Fault {
    Fault::new(effect, FaultResponse::Drop)
}

/// Makes cancels of these payments unknown, and returns their checkpoint lines. The first one's was canceled.
fn unknown(sandbox: &Sandbox, references: &[&str]) -> Vec<String> {
    for (index, reference) in references.iter().enumerate() {
        sandbox.authorize(reference);
        let fault = [drops(Effect::Apply), drops(Effect::Skip)][index.min(1)];
        sandbox.fault(Operation::Cancel, reference, fault);
    }
    sandbox.fault_always(Operation::Query, drops(Effect::Skip));
    let unknown = run(at(&sandbox.base_url()).arg("cancel").args(references).args(["--deadline", "0.1"]));
    assert_eq!(unknown.code, 5, "{unknown:?}");
    sandbox.recover();
    let lines = unknown.stdout.lines();
    let lines = lines.filter(|line| line.starts_with("  checkpoint: "));
    lines.map(str::to_owned).collect()
}

fn cancels(sandbox: &Sandbox) -> usize {
    let requests = sandbox.requests().into_iter();
    let operations = requests.map(|request| request.operation.unwrap().0);
    operations.filter(|operation| *operation == Operation::Cancel).count()
}

#[test]
fn printed_lines_are_resumed_from_stdin() {
    let sandbox = Sandbox::start().unwrap();
    let lines = unknown(&sandbox, &["A", "B/ö"]);
    assert!(lines.concat().is_ascii());
    let resumed = resume(&sandbox, &format!("\n{}\r\n\n{}", lines[0], lines[1]));
    assert_eq!(resumed.code, 0, "{resumed:?}");
    let objects = resumed.objects();
    assert_eq!(objects[0]["confirmation"], "query");
    assert_eq!(objects[1]["confirmation"], "response");
    assert!(sandbox.is_canceled("A") && sandbox.is_canceled("B/ö"));
}

#[test]
fn a_file_is_only_read_and_can_be_resumed_again() {
    let sandbox = Sandbox::start().unwrap();
    let lines = unknown(&sandbox, &["A", "B"]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("left over");
    let text = format!("{}\n{}\n{}\n", lines[0], lines[0], lines[1]);
    fs::write(&file, &text).unwrap();
    for _ in 0..2 {
        let resumed = run(against(&sandbox, "resume").arg(&file));
        assert_eq!(resumed.code, 0, "{resumed:?}");
        assert_eq!(resumed.objects().len(), 3);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(cancels(&sandbox), 3, "one each, and a second one for B");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn json_lines_have_the_checkpoint_as_an_object() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("B/ö");
    sandbox.fault(Operation::Cancel, "B/ö", drops(Effect::Skip));
    sandbox.fault_always(Operation::Query, drops(Effect::Skip));
    let unknown = run(against(&sandbox, "cancel").args(["B/ö", "--deadline", "0.1"]));
    assert!(unknown.stdout.is_ascii(), "{unknown:?}");
    let line = unknown.object()["checkpoint"].to_string();
    let checkpoint: Checkpoint = line.parse().unwrap();
    assert_eq!(checkpoint.reference().as_str(), "B/ö");
    sandbox.recover();
    assert_eq!(resume(&sandbox, &line).code, 0);
}

#[test]
fn a_resumed_cancel_makes_two_further_requests_and_none_without_retry() {
    for (option, most) in [(None, 2), (Some("--no-retry"), 0)] {
        for made in [0, 1, 7] {
            let sandbox = Sandbox::start().unwrap();
            sandbox.authorize("A");
            sandbox.fault_always(Operation::Cancel, drops(Effect::Skip));
            let merchant = sandbox.api().merchant().clone();
            let checkpoint = Checkpoint::new(merchant, "A".parse().unwrap(), made);
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("checkpoints");
            fs::write(&file, checkpoint.to_string()).unwrap();
            let resumed = run(against(&sandbox, "resume").arg(&file).args(option));
            assert_eq!(resumed.code, 5, "{resumed:?}");
            assert_eq!(cancels(&sandbox), most, "{option:?} {made}");
        }
    }
}

#[test]
fn what_cannot_be_resumed_is_told_with_its_line_and_nothing_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    let checkpoint = Checkpoint::new(sandbox.api().merchant().clone(), "A".parse().unwrap(), 1);
    let of_another = checkpoint.to_string().replace("123456789", "987654321");
    for (lines, cause) in [
        ("", "nothing to resume"),
        ("\n \n", "nothing to resume"),
        (&format!("{checkpoint}\n\nsomething else"), "line 3 of -"),
        (&format!("{checkpoint}\n{}", &checkpoint.to_string()[..40]), "line 2 of -"),
        (&of_another, "merchant 987654321"),
    ] {
        let refused = resume(&sandbox, lines);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(cause), "{refused:?}");
        assert_eq!(refused.object()["status"], "usage");
    }
    let missing = run(against(&sandbox, "resume").args(["/nowhere/at/all"]));
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("/nowhere/at/all"), "{missing:?}");
    let embedded = run(bambora().args(["resume", "--sandbox", "-"]));
    assert_eq!(embedded.code, 2, "{embedded:?}");
    assert_eq!(sandbox.connections(), 0);
}

/// The file has the old checkpoints; the new ones are on stdout.
#[cfg(unix)]
#[test]
fn the_resume_hint_takes_the_printed_lines_and_works_in_a_shell() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::start().unwrap();
    let lines = unknown(&sandbox, &["A"]);
    let directory = tempfile::tempdir().unwrap();
    let (file, credentials) = (directory.path().join("left over"), directory.path().join("it's \u{9b}2J mine"));
    fs::write(&file, lines.concat()).unwrap();
    let names =
        "BAMBORA_MERCHANT_NUMBER=123456789\nBAMBORA_MERCHANT_TOKEN=abcdefg\nBAMBORA_MERCHANT_SECRET=7AQu7FGB2Kwm\n";
    fs::write(&credentials, names).unwrap();
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.fault_always(Operation::Query, drops(Effect::Skip));
    let mut resumed = bambora();
    resumed.args(["resume", "--base-url", &sandbox.base_url(), "--deadline", "0.1", "--no-retry", "--credentials"]);
    let unknown = run(resumed.arg(&credentials).arg(&file));
    assert_eq!(unknown.code, 5, "{unknown:?}");
    let hint = unknown.stderr.lines().last().unwrap();
    let (_, command) = hint.split_once("bambora resume").unwrap();
    assert!(command.ends_with(" --no-retry -"), "{command}");
    sandbox.recover();
    let program = env!("CARGO_BIN_EXE_bambora");
    let shell = std::process::Command::new("bash")
        .args(["-c", &format!("printf '%s\\n' \"$0\" | grep checkpoint: | {program} resume{command}"), &unknown.stdout])
        .output();
    let Ok(output) = shell else {
        println!("skipped: bash is not installed");
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
}

#[test]
fn a_sandbox_inside_the_process_leaves_no_hint() {
    let unknown = run(bambora().args(["cancel", "--sandbox", "--fault", "skip-then-drop", "--no-retry", "A"]));
    assert_eq!(unknown.code, 5, "{unknown:?}");
    assert_eq!(unknown.stderr, "");
}
