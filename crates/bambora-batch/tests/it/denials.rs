//! Responses that say that the run is wrong are no outcome of any payment.

use std::time::Duration;

use bambora_batch::{NextStep, RunEnd, Runner, Status, StopReason};
use bambora_core::CancelPolicy;
use bambora_core::posting::PostingKind;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
use super::mixed::posting;
use super::temporary::reference;

#[tokio::test]
async fn with_wrong_credentials_nothing_is_recorded_and_little_is_sent() {
    let fixture = Fixture::new(500);
    let api = Fixture::api_with_secret(&fixture.sandbox.base_url(), "rotated");
    let client = Fixture::client(api);
    let summary = Runner::new(&fixture.journal, &client).run().await.unwrap();
    let wrong = RunEnd::Wrong(StopReason::Unauthorized);
    assert_eq!(summary.end.to_string(), wrong.to_string());
    let text = summary.to_string();
    assert!(text.starts_with("The run has ended: the API does not accept the credentials (401)"), "{text}");
    assert!(text.ends_with("\nSee to that, then go on with the journal."), "{text}");
    assert_eq!(summary.next_step(), NextStep::RepairAndGoOn);
    let counts = fixture.counts().await;
    assert_eq!(counts.of(Status::Waiting), 500, "{counts}");
    assert!(fixture.sandbox.requests().len() <= 8);

    fixture.runner().run().await.unwrap();
    fixture.check_rows();
}

#[tokio::test]
async fn credentials_that_are_rotated_in_the_middle_decide_nothing() {
    for status in [401, 403] {
        let fixture = Fixture::new(300);
        for number in 150..300 {
            let denied = Fault::new(Effect::Skip, FaultResponse::Problem(status, ""));
            for operation in [Operation::Cancel, Operation::Query] {
                let reference = format!("ORDER-{number}");
                fixture.sandbox.fault(operation, &reference, denied);
            }
        }
        let summary = fixture.runner().run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Wrong(_)), "{summary}");
        let counts = fixture.counts().await;
        assert_eq!(counts.of(Status::Refused), 0);
        assert_eq!(counts.total(), 300);
        // Those that were under way may be in doubt: a reused connection can mix responses up.
        assert!(counts.of(Status::Started) <= 8, "{counts}");

        fixture.sandbox.recover();
        let summary = fixture.runner().run().await.unwrap();
        assert_eq!(summary.counts.unwrap().of(Status::Canceled), 300);
        fixture.check_rows();
    }
}

/// A request that was blocked had no effect, and leaves no doubt: what comes next decides, unless it is about the credentials.
#[tokio::test]
async fn credentials_that_are_rotated_after_a_blocked_request_decide_nothing() {
    let [blocked, found] =
        [FaultResponse::Blocked, FaultResponse::Ok].map(|response| Fault::new(Effect::Skip, response));
    let capture = || posting(PostingKind::Capture, "ORDER-0", 60, "INVOICE-7").into();
    for (status, problem) in [(401, "401: credentials not accepted"), (403, "403: not permitted")] {
        let denied = Fault::new(Effect::Skip, FaultResponse::Problem(status, ""));
        for (order, faults) in [
            (reference("ORDER-0").into(), vec![(Operation::Cancel, blocked), (Operation::Cancel, denied)]),
            (capture(), vec![(Operation::Query, found), (Operation::Capture, blocked), (Operation::Query, denied)]),
        ] {
            let fixture = Fixture::with_nothing_authorized(0);
            fixture.journal.add_orders(vec![order]).await.unwrap();
            fixture.sandbox.authorize("ORDER-0");
            for (operation, fault) in faults {
                fixture.sandbox.fault(operation, "ORDER-0", fault);
            }
            fixture.runner().run().await.unwrap();
            let row = fixture.journal.page(&Status::ALL, 0, 9).await.unwrap().remove(0);
            assert_eq!((row.status, row.problem.as_deref()), (Status::Waiting, Some(problem)), "{row:?}");
            assert!(row.message.ends_with("waits: no request for it had an effect"), "{row:?}");
            let summary = fixture.runner().run().await.unwrap();
            assert_eq!(summary.progress.canceled + summary.progress.captured, 1, "{summary}");
        }
    }
}

fn forbid(fixture: &Fixture, orders: std::ops::Range<usize>) {
    for number in orders {
        let forbidden = Fault::new(Effect::Skip, FaultResponse::Problem(403, ""));
        (0..10).for_each(|_| fixture.sandbox.fault(Operation::Cancel, &format!("ORDER-{number}"), forbidden));
    }
}

/// It is denied in the first run, and comes last in the next one.
#[tokio::test]
async fn a_payment_that_is_not_permitted_does_not_keep_the_others_from_their_turn() {
    let fixture = Fixture::new(300);
    forbid(&fixture, 7..8);
    let first = fixture.runner().run().await.unwrap();
    assert!(matches!(first.end, RunEnd::Wrong(StopReason::Forbidden)), "{first}");
    let second = fixture.runner().run().await.unwrap();
    assert!(matches!(second.end, RunEnd::Wrong(StopReason::Forbidden)), "{second}");
    assert_eq!(second.counts.as_ref().unwrap().unfinished(), 1, "{second}");
    assert!(second.to_string().contains(": 403: not permitted\n"), "{second}");
}

/// Each capture has a connection of its own, so that a denied one waits, and not one is in doubt.
#[tokio::test]
async fn captures_that_are_not_permitted_come_last_in_the_next_run() {
    let fixture = Fixture::with_nothing_authorized(0);
    let captures =
        (0..40).map(|number| posting(PostingKind::Capture, &format!("ORDER-{number}"), 60, "INVOICE-7").into());
    fixture.journal.add_orders(captures.collect()).await.unwrap();
    for number in 0..40 {
        fixture.sandbox.authorize(&format!("ORDER-{number}"));
        let forbidden = Fault::new(Effect::Skip, FaultResponse::Problem(403, ""));
        let times = if number < 3 { 10 } else { 0 };
        (0..times).for_each(|_| fixture.sandbox.fault(Operation::Capture, &format!("ORDER-{number}"), forbidden));
    }
    for _ in 0..4 {
        fixture.runner().jobs(4).run().await.unwrap();
    }
    let counts = fixture.counts().await;
    assert_eq!((counts.of(Status::Captured), counts.of(Status::Waiting)), (37, 3), "{counts}");
}

#[tokio::test]
async fn payments_in_doubt_that_are_not_permitted_do_not_keep_the_others_from_their_turn() {
    let fixture = Fixture::new(150);
    let run = fixture.journal.begin_run().await.unwrap();
    drop(fixture.journal.claim(run, 100).await.unwrap());
    forbid(&fixture, 0..100);
    let summary = fixture.runner().jobs(4).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::Forbidden)), "{summary}");
    assert_eq!(summary.counts.as_ref().unwrap().of(Status::Canceled), 50, "{summary}");
    // Twenty in a row say enough of the others in doubt.
    let is_asked = |number: &u32| !fixture.operations(&reference(&format!("ORDER-{number}"))).is_empty();
    assert!((20..=30).contains(&(0..100).filter(is_asked).count()));
}

#[tokio::test]
async fn a_run_that_is_permitted_nothing_ends_at_once() {
    let fixture = Fixture::new(300);
    forbid(&fixture, 0..300);
    let summary = fixture.runner().jobs(4).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::Forbidden)), "{summary}");
    assert!(fixture.sandbox.requests().len() <= 4, "{summary}");
}

#[tokio::test]
async fn a_run_that_finds_nothing_stops_and_goes_on_if_that_is_right() {
    let fixture = Fixture::with_nothing_authorized(100);
    let summary = fixture.runner().jobs(4).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::NothingFound { .. })), "{summary}");
    // On a reused connection, each of those that were begun takes a query more.
    assert!(fixture.sandbox.requests().len() <= 2 * (20 + 4));
    let counts = fixture.counts().await;
    assert_eq!(counts.of(Status::Refused), 0, "{counts}");
    let row = fixture.journal.find(reference("ORDER-0")).await.unwrap().unwrap();
    assert_eq!((row.status, row.problem.as_deref()), (Status::Waiting, Some("404 payment_not_found")));

    let runner = fixture.runner().accept_not_found(true);
    runner.run().await.unwrap();
    assert_eq!(fixture.counts().await.of(Status::Refused), 100);
}

#[tokio::test]
async fn a_run_that_finds_nothing_asks_for_what_is_in_doubt_and_changes_nothing_more() {
    let fixture = Fixture::with_nothing_authorized(100);
    fixture.sandbox.authorize("ORDER-0");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop).held();
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", lost);
    let run = tokio::spawn(fixture.runner().jobs(2).run());
    // All are claimed until the run stops.
    while fixture.counts().await.of(Status::Waiting) == 100 {
        tokio::task::yield_now().await;
    }
    while fixture.counts().await.of(Status::Waiting) == 0 {
        tokio::task::yield_now().await;
    }
    fixture.sandbox.release();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::NothingFound { .. })), "{summary}");
    let order = reference("ORDER-0");
    assert_eq!(fixture.operations(&order), [Operation::Cancel, Operation::Query]);
    let row = fixture.journal.find(order).await.unwrap().unwrap();
    assert_eq!((row.status, row.runs), (Status::Started, 0));
}

/// The last of them may be the last of the list, too.
#[tokio::test]
async fn a_run_that_finds_nothing_refuses_none_though_it_has_come_to_its_end() {
    for (count, jobs) in [(20, 20), (20, 1), (21, 8)] {
        let fixture = Fixture::with_nothing_authorized(count);
        let summary = fixture.runner().jobs(jobs).run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Wrong(StopReason::NothingFound { .. })), "{summary}");
        assert_eq!(fixture.counts().await.of(Status::Waiting), count as u64, "{summary}");
    }
}

/// It is not one of those that were not found.
#[tokio::test]
async fn a_run_that_finds_nothing_leaves_a_payment_that_nobody_knows_of_in_doubt() {
    let fixture = Fixture::with_nothing_authorized(100);
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", lost);
    (0..3).for_each(|_| fixture.sandbox.fault(Operation::Query, "ORDER-0", lost));
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).queries(2).further_cancels(0).build();
    let summary = fixture.runner().policy(policy.unwrap()).jobs(1).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Wrong(StopReason::NothingFound { .. })), "{summary}");
    let row = fixture.journal.find(reference("ORDER-0")).await.unwrap().unwrap();
    let problem = row.problem.as_deref();
    assert_eq!((row.status, row.attempts, row.queries, problem), (Status::Started, 1, 2, Some("no usable response")));
}

/// Once one is found, the others need not wait for the end of the run.
#[tokio::test]
async fn payments_that_are_not_found_are_recorded_as_soon_as_another_is_found() {
    let fixture = Fixture::with_nothing_authorized(3);
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.authorize("ORDER-2");
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault(Operation::Cancel, "ORDER-2", held);
    let run = tokio::spawn(fixture.runner().jobs(3).run());
    while fixture.counts().await.of(Status::Refused) == 0 {
        tokio::task::yield_now().await;
    }
    fixture.sandbox.release();
    assert_eq!(run.await.unwrap().unwrap().progress.canceled, 2);
}

#[tokio::test]
async fn a_few_payments_that_are_not_found_are_refused() {
    let fixture = Fixture::with_nothing_authorized(12);
    for number in 5..12 {
        fixture.sandbox.authorize(&format!("ORDER-{number}"));
    }
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!((summary.progress.canceled, summary.progress.refused), (7, 5));
    fixture.check_rows();

    let fixture = Fixture::with_nothing_authorized(3);
    let summary = fixture.runner().run().await.unwrap();
    assert_eq!(summary.progress.refused, 3);
}
