//! The four outcomes and their exit codes.

use std::io::Read as _;
use std::net::TcpListener;
use std::thread;

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::command::{against, at, bambora, run};

#[test]
fn the_first_command_of_the_readme() {
    let run = run(bambora().args(["cancel", "--sandbox", "ORDER-1001"]));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("ORDER-1001: canceled: "), "{run:?}");
    assert!(run.stdout.contains("state Canceled, amount 100 EUR"), "{run:?}");
    assert_eq!(run.stderr, "");
}

#[test]
fn canceled_is_0_and_the_money_is_released() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1001");
    let run = run(against(&sandbox, "cancel").args(["ORDER-1001"]));
    assert_eq!(run.code, 0, "{run:?}");
    let object = run.object();
    assert_eq!(object["reference"], "ORDER-1001");
    assert_eq!(object["outcome"], "canceled");
    assert_eq!(object["status"], "canceled");
    assert!(object["message"].as_str().unwrap().starts_with("canceled: "));
    assert_eq!((&object["amount"], &object["currency"]), (&100.into(), &"EUR".into()));
    assert_eq!(object["confirmation"], "response");
    assert_eq!(object["state"], "Canceled");
    assert!(sandbox.is_canceled("ORDER-1001"));
}

#[test]
fn refused_is_3_and_names_the_problem() {
    let run = run(bambora().args(["cancel", "--sandbox", "--payment", "ORDER-1002=Captured", "ORDER-1002", "--json"]));
    assert_eq!(run.code, 3, "{run:?}");
    let object = run.object();
    assert_eq!(object["outcome"], "refused");
    assert_eq!(object["state"], "Captured");
    let kind = object["problem"]["type"].as_str().unwrap();
    assert!(kind.ends_with("/invalid_payment_state_transition"), "{kind}");
}

#[test]
fn a_stopped_server_is_4() {
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1001");
    let base_url = sandbox.base_url();
    sandbox.stop();
    let run = run(at(&base_url).args(["cancel", "--json", "--no-retry", "ORDER-1001"]));
    assert_eq!(run.code, 4, "{run:?}");
    let object = run.object();
    assert_eq!(object["outcome"], "not_sent");
    assert!(object["cause"].as_str().unwrap().contains("refused"), "{object}");
}

#[test]
fn a_server_that_reads_and_closes_is_5_with_a_checkpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut head = [0; 4096];
            let _ = socket.read(&mut head);
        }
    });
    let run = run(at(&base_url).args(["cancel", "--json", "ORDER-1001", "--deadline", "1"]));
    assert_eq!(run.code, 5, "{run:?}");
    let object = run.object();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["checkpoint"]["reference"], "ORDER-1001");
    assert!(object["cause"].is_string());
}

#[test]
fn a_lost_response_is_confirmed_by_query() {
    let run = run(bambora().args(["cancel", "--sandbox", "--fault", "apply-then-drop", "ORDER-1003"]));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("canceled, confirmed by query"), "{run:?}");
}

#[test]
fn of_several_references_the_worst_counts_and_each_is_told() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.insert("B", PaymentState::Captured);
    sandbox.authorize("C");
    let run = run(against(&sandbox, "cancel").args(["A", "B", "C", "MISSING"]));
    assert_eq!(run.code, 3, "{run:?}");
    let told: Vec<_> =
        run.objects().iter().map(|object| format!("{} {}", object["reference"], object["outcome"])).collect();
    assert_eq!(told, [r#""A" "canceled""#, r#""B" "refused""#, r#""C" "canceled""#, r#""MISSING" "refused""#]);
    assert!(sandbox.is_canceled("A") && sandbox.is_canceled("C") && !sandbox.is_canceled("B"));
}

#[test]
fn no_retry_makes_one_cancel_request_and_still_asks() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let run = run(against(&sandbox, "cancel").args(["A", "--no-retry"]));
    assert_eq!(run.code, 5, "{run:?}");
    let operations: Vec<_> = sandbox.requests().into_iter().map(|request| request.operation.unwrap().0).collect();
    assert_eq!(operations, [Operation::Cancel, Operation::Query]);
}

#[test]
fn query_shows_the_payment() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.insert("A", PaymentState::Captured);
    let found = run(against(&sandbox, "query").args(["A"]));
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(found.object()["payment"]["state"], "Captured");
    let missing = run(against(&sandbox, "query").args(["B"]));
    assert_eq!(missing.code, 3, "{missing:?}");
    assert_eq!(missing.object()["problem"]["status"], 404);
    let broken = Fault::new(Effect::Skip, FaultResponse::ServerError(502));
    sandbox.fault(Operation::Query, "A", broken);
    let broken = run(against(&sandbox, "query").args(["A"]));
    assert_eq!(broken.code, 5, "{broken:?}");
    assert_eq!(broken.object()["status"], "unknown");
}
