//! A list is carried through, and the journal says what is true.

use std::fs;

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use serde_json::json;

use super::fixture::{Fixture, summary};
use crate::command::run;

#[test]
fn a_list_with_every_fault_ends_as_the_ledger_has_it() {
    const PAYMENTS: usize = 300;
    let fixture = Fixture::new(PAYMENTS);
    for number in (7..PAYMENTS).step_by(20) {
        fixture.sandbox.insert(&format!("ORDER-{number}"), PaymentState::Captured);
    }
    fixture.sandbox.random_faults(13, 100);
    let mut command = fixture.cancel();
    let mut runs = vec![run(command.args(["--jobs", "64"]))];
    while runs.last().unwrap().code > 3 {
        assert!(runs.len() < 5, "{runs:?}");
        runs.push(run(fixture.resume().args(["--jobs", "64"])));
    }
    assert_eq!(runs.last().unwrap().code, 3);
    fixture.check_rows(PAYMENTS);
    fixture.check_requests();
    // What was told is what is in the journal.
    for event in runs.iter().flat_map(|run| run.objects()) {
        let reference = event["reference"].as_str().unwrap_or_default();
        match (event["event"].as_str().unwrap(), event["status"].as_str()) {
            ("recorded", Some("canceled")) => assert!(fixture.sandbox.is_canceled(reference), "{event}"),
            ("recorded", Some("refused")) => assert!(!fixture.sandbox.is_canceled(reference), "{event}"),
            _ => {}
        }
    }
}

#[test]
fn events_and_the_summary_count_the_same() {
    let fixture = Fixture::new(30);
    fixture.sandbox.insert("ORDER-3", PaymentState::Captured);
    let first = run(&mut fixture.cancel());
    assert_eq!(first.code, 3, "{first:?}");
    assert_eq!(first.stderr, "");
    let events = first.objects();
    assert_eq!(
        events[0],
        json!({ "event": "imported", "added": 30, "duplicates": 0, "invalid": 0, "outer_blanks": 0 })
    );
    assert_eq!(events.iter().filter(|event| event["event"] == "recorded").count(), 30);
    let summary = summary(&first);
    let expected = json!({
        "waiting": 0, "started": 0, "canceled": 29, "captured": 0, "refunded": 0, "refused": 1, "stuck": 0
    });
    assert_eq!(summary["payments"], expected);
    assert_eq!(summary["end"], "complete");
    assert_eq!(summary["reasons"][0]["status"], "refused");
    assert_eq!(summary["next"].as_array().unwrap().len(), 1, "{summary}");
    let requests = fixture.sandbox.requests().len();
    assert_eq!(summary["requests"], requests);

    // The same command again finds nothing to do.
    let again = run(&mut fixture.cancel());
    assert_eq!(again.code, 3, "{again:?}");
    assert_eq!(again.objects()[0]["duplicates"], 30);
    assert_eq!(fixture.sandbox.requests().len(), requests);
}

#[test]
fn the_next_command_works_as_it_is_printed() {
    let fixture = Fixture::new(3);
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    fixture.sandbox.fault_always(Operation::Query, lost);
    fixture.sandbox.fault(Operation::Cancel, "ORDER-2", lost);
    let ended = run(fixture
        .command("cancel")
        .arg("--from")
        .arg(&fixture.list)
        .args(["--journal", "it's night", "--deadline", "0.1", "--base-url", &fixture.sandbox.base_url()])
        .env_remove("BAMBORA_BASE_URL")
        .current_dir(fixture.folder.path()));
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(ended.stdout.contains("1 started, in doubt"), "{ended:?}");
    let (_, next) = ended.stdout.lines().last().unwrap().split_once("To go on: bambora ").unwrap();
    fixture.sandbox.recover();
    let shell = std::process::Command::new("sh")
        .args(["-c", &format!("{} {next}", env!("CARGO_BIN_EXE_bambora"))])
        .env_clear()
        .envs(
            fixture
                .command("x")
                .get_envs()
                .filter_map(|(name, value)| (name != "BAMBORA_BASE_URL").then_some((name, value?))),
        )
        .current_dir(fixture.folder.path())
        .output()
        .unwrap();
    assert_eq!(shell.status.code(), Some(0), "{next}: {shell:?}");
    assert!(fixture.sandbox.is_canceled("ORDER-2"));
}

#[test]
fn references_of_the_command_line_are_rows_too() {
    let fixture = Fixture::new(2);
    let both = run(fixture.cancel().args(["ORDER-2", "EXTRA", "EXTRA"]));
    assert_eq!(both.code, 3, "{both:?}");
    let imported: Vec<_> = both.objects()[..2].iter().map(|event| event["added"].clone()).collect();
    assert_eq!(imported, [2, 1], "the list, and what the command line names");
    let references: Vec<_> = fixture.rows().into_iter().map(|row| row["reference"].clone()).collect();
    assert_eq!(references, ["ORDER-1", "ORDER-2", "EXTRA"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_journal() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new(1);
    let lax = std::process::Command::new("sh")
        .args(["-c", "umask 0; exec \"$@\"", "sh"])
        .arg(fixture.cancel().get_program())
        .args(fixture.cancel().get_args())
        .env_clear()
        .envs(fixture.cancel().get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    assert_eq!(lax.status.code(), Some(0), "{lax:?}");
    let mode = fs::metadata(&fixture.journal).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_rate_and_jobs_are_kept() {
    let fixture = Fixture::new(12);
    let since = std::time::Instant::now();
    let paced = run(fixture.cancel().args(["--rate", "20", "--jobs", "1"]));
    assert_eq!(paced.code, 0, "{paced:?}");
    // Eleven intervals of 50 milliseconds.
    assert!(since.elapsed().as_millis() >= 500);
    for bad in ["0", "-1", "many"] {
        let refused = run(fixture.cancel().arg(format!("--rate={bad}")));
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    assert_eq!(run(fixture.cancel().arg("--jobs=0")).code, 2);
}

#[test]
fn the_next_command_keeps_what_limits_the_run_and_takes_the_journal_for_no_option() {
    let fixture = Fixture::new(3);
    let limits = ["--no-retry", "--jobs", "1", "--rate", "2.50", "--outage-limit", "30", "--stuck-after", "4"];
    let mut command = fixture.command("cancel");
    command.args(["ORDER-1", "--json", "--journal=-j.journal", "--deadline", "5"]).args(limits);
    let refused = run(command.current_dir(fixture.folder.path()).env("BAMBORA_MERCHANT_SECRET", "rotated"));
    assert_eq!(refused.code, 4, "{refused:?}");
    let expected = format!("bambora resume {} ./-j.journal", limits.join(" "));
    assert_eq!(summary(&refused)["next"], json!([expected]));
}

#[test]
fn stuck_payments_are_asked_for_again_when_that_is_said() {
    let fixture = Fixture::new(2);
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    fixture.sandbox.fault(Operation::Cancel, "ORDER-1", lost);
    fixture.sandbox.fault_always(Operation::Query, lost);
    let stuck = run(fixture.cancel().args(["--stuck-after", "1", "--deadline", "0.1"]));
    assert_eq!(stuck.code, 5, "{stuck:?}");
    assert_eq!(summary(&stuck)["payments"]["stuck"], 1);
    fixture.sandbox.recover();
    let left_alone = run(&mut fixture.resume());
    assert_eq!(left_alone.code, 5, "{left_alone:?}");
    let next = summary(&left_alone)["next"][1].as_str().unwrap().to_owned();
    assert!(next.ends_with("--retry-stuck"), "{next}");
    let asked = run(fixture.resume().arg("--retry-stuck"));
    assert_eq!(asked.code, 0, "{asked:?}");
    fixture.check_rows(2);
}
