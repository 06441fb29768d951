//! `bambora capture` and `bambora refund`: the four outcomes, and never twice by one key.

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Posting, Sandbox};
use serde_json::json;

use crate::command::{Run, against, at, bambora, resume, run};

fn drops(effect: Effect) -> Fault {
    Fault::new(effect, FaultResponse::Drop)
}

fn post(sandbox: &Sandbox, verb: &str, amount: &str, key: &str) -> Run {
    run(against(sandbox, verb).args(["A", "--amount", amount, "--key", key, "--deadline", "2"]))
}

#[test]
fn captured_and_refunded_are_0_and_the_money_moves_once() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    let captured = post(&sandbox, "capture", "3000", "INVOICE-7");
    assert_eq!(captured.code, 0, "{captured:?}");
    let object = captured.object();
    assert_eq!((&object["status"], &object["outcome"]), (&json!("captured"), &json!("captured")));
    assert_eq!(object["order"], json!({ "operation": "capture", "amount": 3000, "key": "INVOICE-7" }));
    assert_eq!((&object["reference"], &object["confirmation"]), (&json!("A"), &json!("response")));

    // The same command again captures nothing.
    let again = post(&sandbox, "capture", "3000", "INVOICE-7");
    assert_eq!((again.code, &again.object()["confirmation"]), (0, &json!("already")), "{again:?}");
    assert_eq!(sandbox.captures("A"), [Posting::new(3_000, Some("INVOICE-7"))]);

    let refunded = post(&sandbox, "refund", "1000", "CREDIT-7");
    assert_eq!((refunded.code, &refunded.object()["status"]), (0, &json!("refunded")), "{refunded:?}");
    assert_eq!(sandbox.refunds("A"), [Posting::new(1_000, Some("CREDIT-7"))]);
}

#[test]
fn a_key_of_another_amount_or_an_impossible_state_is_3() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    assert_eq!(post(&sandbox, "capture", "3000", "INVOICE-7").code, 0);
    let used = post(&sandbox, "capture", "1000", "INVOICE-7");
    assert_eq!(used.code, 3, "{used:?}");
    assert!(used.object()["message"].as_str().unwrap().contains("another amount"), "{used:?}");
    sandbox.insert("A", PaymentState::Canceled);
    let canceled = post(&sandbox, "capture", "1000", "INVOICE-8");
    assert_eq!((canceled.code, &canceled.object()["state"]), (3, &json!("Canceled")), "{canceled:?}");
    let too_much = Sandbox::start().unwrap();
    too_much.authorize_amount("A", 100, "SEK");
    let refused = post(&too_much, "capture", "101", "INVOICE-7");
    assert_eq!((refused.code, &refused.object()["problem"]["status"]), (3, &json!(402)), "{refused:?}");
    assert_eq!(too_much.captured("A"), 0);
}

#[test]
fn a_lost_response_is_confirmed_by_query_and_a_lost_request_is_unknown_and_never_sent_again() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    sandbox.fault(Operation::Capture, "A", drops(Effect::Apply));
    let found = post(&sandbox, "capture", "1000", "INVOICE-7");
    assert_eq!((found.code, &found.object()["confirmation"]), (0, &json!("query")), "{found:?}");

    sandbox.fault(Operation::Capture, "A", drops(Effect::Skip));
    let unknown = post(&sandbox, "capture", "1000", "INVOICE-8");
    assert_eq!(unknown.code, 5, "{unknown:?}");
    assert!(unknown.stderr.contains("bambora resume -"), "{unknown:?}");
    let checkpoint = unknown.object()["checkpoint"].to_string();
    let resumed = resume(&sandbox, &format!("checkpoint: {checkpoint}"));
    assert_eq!(resumed.code, 5, "{resumed:?}");
    assert_eq!(sandbox.captures("A").len(), 1);
    // Somebody sees it through by hand.
    sandbox.capture("A", 1_000, Some("INVOICE-8"));
    let resumed = resume(&sandbox, &checkpoint);
    assert_eq!((resumed.code, &resumed.object()["status"]), (0, &json!("captured")), "{resumed:?}");
}

#[test]
fn checkpoints_of_every_operation_are_resumed_together() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    sandbox.authorize("B");
    sandbox.fault_always(Operation::Query, drops(Effect::Skip));
    sandbox.fault(Operation::Cancel, "B", drops(Effect::Apply));
    let canceled = run(at(&sandbox.base_url()).args(["cancel", "B", "--deadline", "0.1"]));
    assert_eq!(canceled.code, 5, "{canceled:?}");
    sandbox.recover();
    sandbox.fault(Operation::Capture, "A", drops(Effect::Apply));
    // The query before the capture goes through, and no other does.
    sandbox.fault(Operation::Query, "A", Fault::new(Effect::Skip, FaultResponse::Ok));
    sandbox.fault_always(Operation::Query, drops(Effect::Skip));
    let captured =
        run(at(&sandbox.base_url()).args(["capture", "A", "--amount", "10", "--key", "K", "--deadline", "0.5"]));
    assert_eq!(captured.code, 5, "{captured:?}");
    sandbox.recover();
    let printed = canceled.stdout + &captured.stdout;
    let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("  checkpoint: ")).collect();
    let resumed = resume(&sandbox, &lines.join("\n"));
    assert_eq!(resumed.code, 0, "{resumed:?}");
    let told: Vec<_> = resumed.objects().iter().map(|object| object["status"].clone()).collect();
    assert_eq!(told, ["canceled", "captured"]);
}

#[test]
fn a_stopped_server_is_4() {
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.stop();
    let unsent = run(against(&sandbox, "refund").args(["A", "--amount", "10", "--key", "K", "--deadline", "0.2"]));
    assert_eq!((unsent.code, &unsent.object()["status"]), (4, &json!("not_sent")), "{unsent:?}");
}

#[test]
fn amounts_and_keys_are_checked_before_anything_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    for (amount, key) in [("10.00", "K"), ("-1", "K"), ("+1", "K"), ("1e3", "K"), ("", "K"), ("10", ""), ("10", " K")] {
        let (amount, key) = (format!("--amount={amount}"), format!("--key={key}"));
        let refused = run(at(&sandbox.base_url()).args(["capture", "A", &amount, &key]));
        assert_eq!(refused.code, 2, "{amount} {key}: {refused:?}");
    }
    for arguments in
        [&["capture", "A", "--key", "K"][..], &["capture", "A", "--amount", "10"], &["refund", "--amount", "1"]]
    {
        assert_eq!(run(at(&sandbox.base_url()).args(arguments)).code, 2, "{arguments:?}");
    }
    let decimals = run(at(&sandbox.base_url()).args(["capture", "A", "--amount", "10.00", "--key", "K"]));
    assert!(decimals.stderr.contains("1000 for 10.00"), "{decimals:?}");
    let help = run(bambora().args(["capture", "--help"]));
    assert!(help.stdout.contains("minor currency units"), "{help:?}");
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn both_can_be_tried_without_a_server() {
    for verb in ["capture", "refund"] {
        let tried = run(bambora().args([verb, "--sandbox", "A", "--amount", "700", "--key", "K"]));
        assert_eq!(tried.code, 0, "{tried:?}");
        let lost =
            run(bambora().args([verb, "--sandbox", "--fault", "apply-then-drop", "A", "--amount", "7", "--key", "K"]));
        assert!(lost.stdout.contains("confirmed by query"), "{lost:?}");
    }
}
