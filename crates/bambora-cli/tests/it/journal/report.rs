//! `bambora report`: what a journal has, in three formats.

use bambora_core::PaymentState;
use bambora_sandbox::Sandbox;

use super::fixture::Fixture;
use crate::command::{is_harmful, run};

/// Allowed in a reference, and it turns the text around.
const REORDERING: &str = "A\u{202e}B,\"C\"";

fn fixture() -> Fixture {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1");
    sandbox.insert("ORDER-2", PaymentState::Captured);
    sandbox.authorize(REORDERING);
    let fixture = Fixture::at(sandbox, 2);
    assert_eq!(run(fixture.cancel().arg(REORDERING)).code, 3);
    fixture
}

#[test]
fn json_has_an_object_for_each_payment() {
    let fixture = fixture();
    let rows = fixture.rows();
    let told: Vec<_> = rows.iter().map(|row| format!("{} {}", row["reference"], row["status"])).collect();
    assert_eq!(told[..2], [r#""ORDER-1" "canceled""#, r#""ORDER-2" "refused""#]);
    assert_eq!(rows[2]["reference"], REORDERING);
    assert!(rows[1]["message"].as_str().unwrap().contains("the payment is Captured"));
    assert!(rows[1]["problem"].is_string() && rows[0]["problem"].is_null());
}

#[test]
fn a_status_chooses() {
    let fixture = fixture();
    for (statuses, count) in
        [(&["--status", "refused"][..], 1), (&["--status", "refused,canceled"], 3), (&["--status", "stuck"], 0)]
    {
        let report = run(fixture.command("report").args(statuses).args(["--format", "json"]).arg(&fixture.journal));
        assert_eq!((report.code, report.objects().len()), (0, count), "{report:?}");
    }
    let misspelled = run(fixture.command("report").args(["--status", "done"]).arg(&fixture.journal));
    assert_eq!(misspelled.code, 2, "{misspelled:?}");
    assert!(
        misspelled.stderr.contains("waiting, started, canceled, captured, refunded, refused, stuck"),
        "{misspelled:?}"
    );
}

#[test]
fn csv_can_be_read_again() {
    let fixture = fixture();
    let report = run(fixture.command("report").args(["--format", "csv"]).arg(&fixture.journal));
    assert_eq!(report.code, 0, "{report:?}");
    let mut table = csv::Reader::from_reader(report.stdout.as_bytes());
    assert_eq!(table.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["reference", "status", "message"]);
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| &row[0]).collect::<Vec<_>>(), ["ORDER-1", "ORDER-2", REORDERING]);
    assert_eq!(rows.iter().map(|row| &row[1]).collect::<Vec<_>>(), ["canceled", "refused", "canceled"]);
}

#[test]
fn the_table_needs_no_credentials_and_is_safe_to_look_at() {
    let fixture = fixture();
    let report = run(crate::command::bambora().arg("report").arg(&fixture.journal));
    assert_eq!(report.code, 0, "{report:?}");
    let mut lines = report.stdout.lines();
    assert!(lines.next().unwrap().contains("2 canceled, 1 refused"), "{report:?}");
    assert!(lines.next().unwrap().starts_with("canceled  ORDER-1 "), "{report:?}");
    assert!(!is_harmful(&report.stdout));
}

#[test]
fn a_copy_is_told_with_the_command_that_adopts_it() {
    let fixture = fixture();
    let copy = fixture.folder.path().join("copy");
    std::fs::copy(&fixture.journal, &copy).unwrap();
    let refused = run(crate::command::bambora().arg("report").arg(&copy));
    assert_eq!(refused.code, 2, "{refused:?}");
    for part in ["or was moved to another file system", "bambora resume --adopt ", "sqlite3 -readonly "] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
}

/// In a name space of its own, a process has no power over permissions, even if root started it.
#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_can_only_be_read_is_told_as_such() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    let unprivileged = || {
        let mut command = Command::new("unshare");
        command.arg("--user");
        command
    };
    if !unprivileged().arg("true").status().is_ok_and(|status| status.success()) {
        println!("skipped: unshare is not permitted");
        return;
    }
    let fixture = fixture();
    let folder = fixture.folder.path();
    for (path, before, without) in [(fixture.journal.as_path(), 0o600, 0o400), (folder, 0o700, 0o500)] {
        set_permissions(path, Permissions::from_mode(without)).unwrap();
        let mut report = unprivileged();
        report.args([env!("CARGO_BIN_EXE_bambora"), "report"]).arg(&fixture.journal);
        let output = report.output().unwrap();
        set_permissions(path, Permissions::from_mode(before)).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("cannot be written by this user"), "{without:o}: {told}");
        assert!(told.contains(fixture.journal.to_str().unwrap()), "{told}");
    }
    assert_eq!(fixture.rows().len(), 3);
}

#[test]
fn it_changes_nothing() {
    let fixture = fixture();
    let before = std::fs::read(&fixture.journal).unwrap();
    fixture.rows();
    assert_eq!(std::fs::read(&fixture.journal).unwrap(), before);
    let missing = run(fixture.command("report").arg(fixture.folder.path().join("missing")));
    assert_eq!(missing.code, 2, "{missing:?}");
    let list = run(fixture.command("report").arg(&fixture.list));
    assert!(list.stderr.contains("is not a journal"), "{list:?}");
}
