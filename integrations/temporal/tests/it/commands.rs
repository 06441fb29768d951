//! The commands of the worker binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Output, Stdio};

use bambora_core::PaymentState;
use bambora_core::posting::PostingKind;
use bambora_temporal::Standing;

use crate::support::fixture::{Fixture, order, reference};
use crate::support::process;

fn spawn_start(fixture: &Fixture, arguments: &[&str], list: &str) -> Child {
    let mut command = process::command(&fixture.engine, &fixture.sandbox);
    command.arg("start").args(["--longest-wait", "2"]).args(arguments);
    // Only a worker needs them.
    command.env_remove("BAMBORA_MERCHANT_TOKEN").env_remove("BAMBORA_MERCHANT_SECRET");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    child
}

fn start(fixture: &Fixture, arguments: &[&str], list: &str) -> Output {
    spawn_start(fixture, arguments, list).wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_started_once_and_reported() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.authorize("ORDER,2");
    fixture.sandbox.insert("ORDER-3", PaymentState::Captured);
    let _worker = fixture.worker();
    let csv = "order,amount\r\nORDER-1,1\r\n\"ORDER,2\",2\r\nORDER-1,1\r\nORDER-3,3\r\n";
    let first = start(&fixture, &["--csv", "--column", "order", "-"], csv);
    assert_eq!(first.status.code(), Some(3), "{first:?}");
    let host = fixture.sandbox.base_url().replace(':', "%3A").replace('/', "%2F");
    let report = format!("2 canceled, 1 refused\nrefused\tcancel/{host}/123456789/ORDER-3\n");
    assert_eq!(text(&first.stdout), report);
    assert!(text(&first.stderr).contains("bambora-temporal: 3 started, 0 existed already\n"), "{first:?}");

    let again = start(&fixture, &["-"], "ORDER-1\nORDER,2\n");
    assert!(text(&again.stderr).contains("bambora-temporal: 0 started, 2 existed already\n"), "{again:?}");
    // The refused payment of the queue is not of this list.
    assert_eq!((text(&again.stdout).as_str(), again.status.code()), ("2 canceled\n", Some(0)), "{again:?}");
    assert_eq!(fixture.sandbox.requests().iter().filter(|one| one.method == "POST").count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_captures_is_started_once() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    let _worker = fixture.worker();
    let csv = "reference;amount;key\nORDER-1;30;INVOICE-1\nORDER-1;40;INVOICE-2\n";
    for started in ["2 started, 0", "0 started, 2"] {
        let output = start(&fixture, &["--operation", "capture", "--csv", "--delimiter", ";", "-"], csv);
        assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("2 captured\n", Some(0)), "{output:?}");
        let expected = format!("bambora-temporal: {started} existed already\n");
        assert!(text(&output.stderr).contains(&expected), "{output:?}");
    }
    assert_eq!(fixture.sandbox.captured("ORDER-1"), 70);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_an_invalid_line_starts_nothing() {
    let fixture = Fixture::set().await;
    let long = "x".repeat(2_001);
    let refused = start(&fixture, &["--no-wait", "-"], &format!("ORDER-1\n{long}\n"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).starts_with("bambora-temporal: line 2: "), "{refused:?}");
    assert_eq!(fixture.payments.count(Standing::Working).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_waits_for_its_own_payments() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    // Nothing that is visible on that task queue is worked on.
    let mut child = spawn_start(&fixture, &["--task-queue", "another", "-"], "ORDER-1\n");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "bambora-temporal: 0 started, 1 existed already\n");

    let _worker = fixture.worker();
    stderr.read_to_string(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("1 canceled\n", Some(0)), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_gives_a_key_two_amounts_starts_nothing() {
    let fixture = Fixture::set().await;
    let csv = "reference,amount,key\nORDER-1,30,INVOICE-1\nORDER-1,30,INVOICE-1\nORDER-1,40,INVOICE-1\n";
    let refused = start(&fixture, &["--operation", "capture", "--csv", "--no-wait", "-"], csv);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let expected = "bambora-temporal: line 4: the key stands for 30 minor units of this payment on line 2";
    assert!(text(&refused.stderr).starts_with(expected), "{refused:?}");
    assert_eq!(fixture.payments.count(Standing::Working).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_stands_for_another_amount_is_no_success() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.payments.post(&order(PostingKind::Capture, "ORDER-1", 30, "INVOICE-1")).await.unwrap();
    let csv = "reference,amount,key\nORDER-1,40,INVOICE-1\nORDER-1,50,INVOICE-2\n";
    // No worker: the workflow of the key has no outcome yet.
    let output = start(&fixture, &["--operation", "capture", "--csv", "--no-wait", "-"], csv);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = text(&output.stderr);
    let expected =
        "capture of 40 minor units of ORDER-1 by key INVOICE-1: there is a workflow of this key with another amount";
    assert!(told.contains(expected), "{told}");
    assert!(told.contains("bambora-temporal: 1 started, 0 existed already, 1 with another amount\n"), "{told}");

    let mut command = process::command(&fixture.engine, &fixture.sandbox);
    let output = command.args(["capture", "ORDER-1", "40", "INVOICE-1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("with another amount"), "{output:?}");

    let _worker = fixture.worker();
    let output = start(&fixture, &["--operation", "capture", "--csv", "-"], csv);
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("1 captured\n", Some(3)), "{output:?}");
    assert_eq!(fixture.sandbox.captured("ORDER-1"), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_made_by_a_command() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    let _worker = fixture.worker();
    let mut command = process::command(&fixture.engine, &fixture.sandbox);
    let output = command.args(["capture", "ORDER-1", "60", "INVOICE-1"]).output().unwrap();
    assert_eq!(text(&output.stdout), "captured: 60 minor units; nothing more to do\n", "{output:?}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fixture.sandbox.captured("ORDER-1"), 60);
}
