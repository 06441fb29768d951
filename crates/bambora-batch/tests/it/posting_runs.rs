//! Runs over captures and refunds.

use std::fs;

use bambora_batch::{NextStep, Order, RunEnd, Runner, Status, StopReason, StopToken};
use bambora_core::posting::PostingKind;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
use super::mixed::{authorize, check_rows, forbid, orders, posting, times};

fn fixture(orders: &[Order]) -> Fixture {
    let fixture = Fixture::new(0);
    orders.iter().for_each(|order| authorize(&fixture.sandbox, order));
    fixture.journal.add_orders(orders.to_vec()).wait().unwrap();
    fixture
}

fn captures(count: usize) -> Vec<Order> {
    (0..count)
        .map(|number| posting(PostingKind::Capture, &format!("ORDER-{number}"), 100, "INVOICE-7").into())
        .collect()
}

#[tokio::test]
async fn every_order_gets_the_outcome_that_is_true() {
    let orders = orders(300);
    let fixture = fixture(&orders);
    for order in orders.iter().step_by(20) {
        forbid(&fixture.sandbox, order);
    }
    fixture.sandbox.random_faults(5, 300);
    let summary = fixture.runner().jobs(16).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
    fixture.sandbox.recover();
    let summary = fixture.runner().run().await.unwrap();
    let in_doubt = check_rows(&fixture.sandbox, &fixture.journal);
    let counts = summary.counts.unwrap();
    assert_eq!(counts.of(Status::Started), in_doubt as u64, "{summary}");
    assert!(in_doubt < 30, "{summary}");
    assert_eq!(counts.of(Status::Canceled), 95, "{summary}");
    assert!(counts.of(Status::Captured) > 75 && counts.of(Status::Refunded) > 75, "{summary}");
    assert_eq!(summary.progress.in_doubt, in_doubt as u64);
}

#[tokio::test]
async fn without_faults_each_takes_a_query_and_a_request_and_the_summary_counts_all_three() {
    let orders = orders(30);
    let fixture = fixture(&orders);
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!(summary.next_step(), NextStep::Nothing);
    let text = summary.to_string();
    assert!(text.contains("This run: 10 canceled, 10 captured, 10 refunded, 0 refused"), "{text}");
    assert_eq!((summary.progress.requests, fixture.sandbox.requests().len()), (50, 50));
    for row in fixture.journal.rows(&Status::ALL).map(Result::unwrap) {
        let queries = u32::from(row.order.key().is_some());
        assert_eq!((row.attempts, row.queries, row.runs), (1, queries, 1), "{row:?}");
    }
    assert_eq!(check_rows(&fixture.sandbox, &fixture.journal), 0);
}

#[tokio::test]
async fn what_a_dropped_run_has_not_sent_yet_is_sent_by_the_next_and_what_it_has_is_not() {
    let orders = captures(60);
    let fixture = fixture(&orders);
    let held = Fault::new(Effect::Skip, FaultResponse::Ok).held();
    fixture.sandbox.fault_always(Operation::Capture, held);
    let run = tokio::spawn(fixture.runner().jobs(8).run());
    fixture.wait_for_held(8).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    let counts = fixture.counts().await;
    assert_eq!(counts.of(Status::Started), 60, "{counts}");
    let rows = fixture.journal.page(&[Status::Started], 0, 99).await.unwrap();
    let unsent = rows.iter().filter(|row| row.message.ends_with("was not sent yet: the next run begins it anew"));
    assert_eq!(unsent.count(), 52);
    fixture.sandbox.recover();
    let sent: Vec<_> = fixture.sandbox.requests().into_iter().filter_map(|request| request.operation).collect();

    let summary = fixture.runner().run().await.unwrap();
    assert_eq!((summary.progress.captured, summary.progress.in_doubt), (52, 8), "{summary}");
    for order in &orders {
        let was_sent = sent.contains(&(Operation::Capture, order.reference().to_string()));
        let operations = fixture.operations(order.reference());
        let captures = operations.iter().filter(|operation| **operation == Operation::Capture).count();
        assert_eq!(captures, 1, "{order}");
        assert_eq!(times(&fixture.sandbox, order), usize::from(!was_sent), "{order}");
    }
}

#[tokio::test]
async fn a_capture_that_was_only_queried_is_not_in_doubt() {
    let orders = captures(4);
    let fixture = fixture(&orders);
    fixture.sandbox.fault_always(Operation::Query, Fault::new(Effect::Apply, FaultResponse::Ok).held());
    let run = tokio::spawn(fixture.runner().jobs(4).run());
    fixture.wait_for_held(4).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    fixture.sandbox.recover();
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!((summary.progress.captured, summary.progress.in_doubt), (4, 0), "{summary}");
}

#[tokio::test]
async fn nothing_is_captured_that_the_journal_has_not_taken_down() {
    let fixture = fixture(&captures(40));
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault_always(Operation::Query, held);
    let run = tokio::spawn(fixture.runner().jobs(4).run());
    fixture.wait_for_held(4).await;
    fs::remove_file(fixture.folder.join("night.journal")).unwrap();
    fixture.sandbox.recover();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Journal(_)), "{summary}");
    let requests = fixture.sandbox.requests();
    assert!(requests.iter().all(|request| matches!(request.operation, Some((Operation::Query, _)))));
    assert_eq!(summary.progress.requests, requests.len() as u64);
}

#[tokio::test]
async fn a_posting_that_is_there_already_is_not_made_again() {
    let orders = captures(3);
    let fixture = fixture(&orders);
    assert!(fixture.sandbox.capture("ORDER-0", 100, Some("INVOICE-7")));
    assert!(fixture.sandbox.capture("ORDER-1", 50, Some("INVOICE-7")));
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!((summary.progress.captured, summary.progress.refused), (2, 1), "{summary}");
    let row = fixture.journal.find_order(orders[0].clone()).await.unwrap().unwrap();
    assert_eq!((row.confirmation.as_deref(), row.attempts), (Some("already"), 0));
    let row = fixture.journal.find_order(orders[1].clone()).await.unwrap().unwrap();
    assert_eq!(row.problem.as_deref(), Some("key has another amount"));
}

#[tokio::test]
async fn wrong_credentials_decide_nothing_whenever_they_come() {
    let fixture = fixture(&captures(100));
    let api = Fixture::api_with_secret(&fixture.sandbox.base_url(), "rotated");
    let client = Fixture::client(api);
    let summary = Fixture::quick(Runner::new(&fixture.journal, &client)).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::Unauthorized)), "{summary}");
    assert_eq!(fixture.counts().await.of(Status::Waiting), 100);

    for operation in [Operation::Capture, Operation::Query] {
        let denied = Fault::new(Effect::Skip, FaultResponse::Problem(403, ""));
        fixture.sandbox.fault(operation, "ORDER-50", denied);
        let summary = fixture.runner().run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Wrong(StopReason::Forbidden)), "{summary}");
        let counts = fixture.counts().await;
        assert_eq!((counts.of(Status::Refused), counts.of(Status::Stuck)), (0, 0), "{counts}");
    }
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!(summary.counts.unwrap().of(Status::Captured), 100, "{summary}");
    assert_eq!(check_rows(&fixture.sandbox, &fixture.journal), 0);
}

#[tokio::test]
async fn runs_that_end_by_wrong_credentials_do_not_count_towards_stuck() {
    let fixture = fixture(&orders(3));
    // A request for each was sent, and nobody knows what came of it.
    let nothing = Fault::new(Effect::Skip, FaultResponse::Drop);
    let operations = [Operation::Cancel, Operation::Capture, Operation::Refund];
    for (number, operation) in operations.into_iter().enumerate() {
        fixture.sandbox.fault(operation, &format!("ORDER-{number}"), nothing);
    }
    for number in 0..3 {
        let query = Fault::new(Effect::Skip, FaultResponse::Ok);
        let denied = Fault::new(Effect::Skip, FaultResponse::Problem(401, ""));
        // The first query of a capture or refund comes before its request.
        if number > 0 {
            fixture.sandbox.fault(Operation::Query, &format!("ORDER-{number}"), query);
        }
        (0..10).for_each(|_| fixture.sandbox.fault(Operation::Query, &format!("ORDER-{number}"), denied));
    }
    let runner = fixture.runner().jobs(1).stuck_after(2);
    for _ in 0..5 {
        let summary = runner.clone().run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Wrong(StopReason::Unauthorized)), "{summary}");
        assert_eq!(summary.progress.stuck, 0, "{summary}");
    }
    let rows = fixture.journal.page(&[Status::Started], 0, 10).await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.runs == 0), "{rows:?}");
    fixture.sandbox.recover();
    let summary = runner.run().await.unwrap();
    assert_eq!(summary.progress.stuck, 0, "{summary}");
}

#[tokio::test]
async fn after_a_stop_nothing_is_captured_that_was_only_queried() {
    let fixture = fixture(&captures(50));
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault_always(Operation::Query, held);
    let stop = StopToken::new();
    let run = tokio::spawn(fixture.runner().jobs(4).stop_token(&stop).run());
    fixture.wait_for_held(4).await;
    stop.trigger();
    // The run has to see it before the responses come.
    while fixture.counts().await.of(Status::Waiting) < 46 {
        tokio::task::yield_now().await;
    }
    fixture.sandbox.recover();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Stopped), "{summary}");
    assert_eq!(fixture.counts().await.of(Status::Waiting), 50);
    assert_eq!(fixture.sandbox.requests().len(), 4);
}

/// Its queries show nothing, so it is not sent: that is all that this run can do.
#[tokio::test]
async fn a_run_ends_though_a_capture_could_not_be_sent() {
    let orders = captures(5);
    let fixture = fixture(&orders);
    let garbage = Fault::new(Effect::Skip, FaultResponse::Garbage);
    (0..200).for_each(|_| fixture.sandbox.fault(Operation::Query, "ORDER-2", garbage));
    let summary = fixture.runner().run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
    assert_eq!((summary.progress.captured, summary.next_step()), (4, NextStep::GoOn));
    let row = fixture.journal.find_order(orders[2].clone()).await.unwrap().unwrap();
    assert_eq!((row.status, row.queries, row.runs), (Status::Waiting, 40, 0));
    fixture.sandbox.recover();
    assert_eq!(fixture.runner().run().await.unwrap().progress.captured, 1);
}

#[tokio::test]
async fn a_capture_that_never_shows_is_stuck_in_the_end_and_never_sent_again() {
    let orders = captures(1);
    let fixture = fixture(&orders);
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    fixture.sandbox.fault(Operation::Capture, "ORDER-0", lost);
    let runner = fixture.runner().stuck_after(2);
    assert_eq!(runner.clone().run().await.unwrap().progress.in_doubt, 1);
    let summary = runner.run().await.unwrap();
    assert_eq!((summary.progress.stuck, summary.next_step()), (1, NextStep::LookAtStuck));
    let operations = fixture.operations(orders[0].reference());
    assert_eq!(operations.iter().filter(|operation| **operation == Operation::Capture).count(), 1);
    // A person has made sure that it was not captured, and asks for it once more, by another key.
    let again = posting(PostingKind::Capture, "ORDER-0", 100, "INVOICE-7 again");
    fixture.journal.add_orders(vec![again.into()]).await.unwrap();
    assert_eq!(fixture.runner().run().await.unwrap().progress.captured, 1);
}

/// A gateway that has sent it on before says 429, too: a query comes before it is sent again.
#[tokio::test]
async fn a_capture_that_took_effect_and_was_turned_away_is_made_once() {
    let orders = captures(2);
    let fixture = fixture(&orders);
    for (reference, effect) in [("ORDER-0", Effect::Apply), ("ORDER-1", Effect::Skip)] {
        fixture.sandbox.fault(Operation::Capture, reference, Fault::new(effect, FaultResponse::Throttled));
    }
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!(summary.progress.captured, 2, "{summary}");
    for (order, captures) in orders.iter().zip([1, 2]) {
        let operations = fixture.operations(order.reference());
        let made = operations.iter().filter(|operation| **operation == Operation::Capture).count();
        assert_eq!(made, captures, "{operations:?}");
    }
}
