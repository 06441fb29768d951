//! Lists of captures and refunds: each exactly once by its key.

use std::fs;
use std::process::Command;

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Posting, Sandbox};
use serde_json::json;

use super::fixture::{Fixture, references, summary};
use crate::command::{against, run};

/// Payments of 5,000 minor units, and a list that has 1,000 of each.
fn fixture(payments: usize, header: &str) -> Fixture {
    let sandbox = Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap();
    references(payments).iter().for_each(|reference| sandbox.authorize_amount(reference, 5_000, "SEK"));
    let fixture = Fixture::at(sandbox, 0);
    let lines: String = (1..=payments).map(|number| format!("ORDER-{number},1000,INVOICE-{number}\n")).collect();
    fs::write(&fixture.list, format!("{header}\n{lines}")).unwrap();
    fixture
}

/// `bambora VERB --json --from LIST --csv --journal JOURNAL`
fn post(fixture: &Fixture, verb: &str) -> Command {
    let mut command = against(&fixture.sandbox, verb);
    command.arg("--from").arg(&fixture.list).arg("--csv").arg("--journal").arg(&fixture.journal);
    command
}

#[test]
fn a_list_is_captured_and_refunded_in_one_journal() {
    let fixture = fixture(40, "order,amount,invoice");
    let columns = ["--column", "order", "--key-column", "invoice"];
    let captured = run(post(&fixture, "capture").args(columns));
    assert_eq!(captured.code, 0, "{captured:?}");
    let refunded = run(post(&fixture, "refund").args(columns));
    assert_eq!(refunded.code, 0, "{refunded:?}");
    let payments = &summary(&refunded)["payments"];
    assert_eq!((&payments["captured"], &payments["refunded"]), (&json!(40), &json!(40)));
    for number in 1..=40 {
        let posting = [Posting::new(1_000, Some(&format!("INVOICE-{number}")))];
        assert_eq!(fixture.sandbox.captures(&format!("ORDER-{number}")), posting);
        assert_eq!(fixture.sandbox.refunds(&format!("ORDER-{number}")), posting);
    }
    // The same list again captures nothing.
    let requests = fixture.sandbox.requests().len();
    let again = run(post(&fixture, "capture").args(columns));
    assert_eq!((again.code, &again.objects()[0]["duplicates"]), (0, &json!(40)), "{again:?}");
    assert_eq!(fixture.sandbox.requests().len(), requests);
    let row = &fixture.rows()[0];
    assert_eq!(
        (&row["operation"], &row["amount"], &row["key"], &row["status"]),
        (&json!("capture"), &json!(1_000), &json!("INVOICE-1"), &json!("captured"))
    );
}

#[test]
fn no_retry_and_the_deadline_hold_for_captures_of_a_journal_too() {
    let fixture = fixture(1, "reference,amount,key");
    let turned_away = Fault::new(Effect::Skip, FaultResponse::Blocked);
    (0..5).for_each(|_| fixture.sandbox.fault(Operation::Capture, "ORDER-1", turned_away));
    let captured = run(post(&fixture, "capture").args(["--no-retry", "--deadline", "5"]));
    assert_eq!(captured.code, 4, "{captured:?}");
    let requests = fixture.sandbox.requests();
    let captures = requests.iter().filter(|request| matches!(request.operation, Some((Operation::Capture, _))));
    assert_eq!(captures.count(), 1);
}

#[test]
fn with_every_fault_no_key_is_captured_twice_and_every_claim_is_true() {
    const PAYMENTS: usize = 120;
    let fixture = fixture(PAYMENTS, "reference,amount,key");
    fixture.sandbox.random_faults(23, 80);
    let options = ["--jobs", "32", "--deadline", "10"];
    let first = run(post(&fixture, "capture").args(options));
    fixture.sandbox.recover();
    let second = run(fixture.resume().args(options));
    assert!(first.code <= 5 && second.code <= 5, "{first:?} {second:?}");
    let rows = fixture.rows();
    assert_eq!(rows.len(), PAYMENTS);
    for row in rows {
        let captures = fixture.sandbox.captures(row["reference"].as_str().unwrap());
        assert!(captures.len() <= 1, "{row}: {captures:?}");
        match row["status"].as_str().unwrap() {
            "captured" => assert_eq!(captures, [Posting::new(1_000, row["key"].as_str())], "{row}"),
            // Its request was lost, and is never sent again.
            "started" | "stuck" => assert_eq!(second.code, 5, "{row}"),
            other => panic!("{other}: {row}"),
        }
    }
}

#[test]
fn a_capture_in_doubt_is_queried_and_not_sent_again() {
    let fixture = fixture(3, "reference,amount,key");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    fixture.sandbox.fault(Operation::Capture, "ORDER-2", lost);
    let ended = run(post(&fixture, "capture").args(["--deadline", "1"]));
    assert_eq!(ended.code, 5, "{ended:?}");
    let resumed = run(fixture.resume().args(["--deadline", "1"]));
    assert_eq!(resumed.code, 5, "{resumed:?}");
    let requests = fixture.sandbox.requests();
    let captures = requests.iter().filter(|request| {
        request
            .operation
            .as_ref()
            .is_some_and(|(operation, reference)| (*operation, reference.as_str()) == (Operation::Capture, "ORDER-2"))
    });
    assert_eq!(captures.count(), 1);
}

#[test]
fn a_single_capture_has_a_row_too() {
    let fixture = fixture(1, "reference,amount,key");
    let capture = |amount: &str| {
        run(against(&fixture.sandbox, "capture")
            .args(["ORDER-1", "--amount", amount, "--key", "INVOICE-1", "--journal"])
            .arg(&fixture.journal))
    };
    let captured = capture("700");
    assert_eq!(captured.code, 0, "{captured:?}");
    assert_eq!(capture("700").code, 0);
    let other = capture("800");
    assert_eq!(other.code, 2, "the key stands for another amount: {other:?}");
    assert_eq!(fixture.sandbox.captures("ORDER-1"), [Posting::new(700, Some("INVOICE-1"))]);
}

#[test]
fn invalid_amounts_and_keys_are_named_with_their_lines() {
    let fixture = fixture(2, "reference,amount,key");
    fs::write(&fixture.list, "reference,amount,key\nORDER-1,10.00,A\nORDER-1,10,B\nORDER-2,10,\nORDER-1,20,B\n")
        .unwrap();
    let refused = run(&mut post(&fixture, "capture"));
    assert_eq!(refused.code, 2, "{refused:?}");
    for told in ["line 2: the amount", "line 4: ", "line 5: the key stands for 10", "--skip-invalid"] {
        assert!(refused.stderr.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(fixture.sandbox.connections(), 0);
    for (arguments, hint) in [
        (&["capture", "--from", "list", "--journal", "night.journal"][..], "--csv"),
        (&["refund", "--from", "list", "--csv"], "--journal FILE"),
        (&["capture", "ORDER-1", "--from", "list", "--csv", "--journal", "night.journal"], "cannot be used with"),
    ] {
        let refused = run(fixture.command(arguments[0]).args(&arguments[1..]).current_dir(fixture.folder.path()));
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(hint), "{arguments:?}: {refused:?}");
    }
}
