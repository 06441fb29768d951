//! What holds back more than one payment: credentials that are turned away, 429, and budgets that end.

use std::time::{Duration, Instant};

use bambora_core::Outcome;
use bambora_core::posting::PostingKind;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use bambora_temporal::{Budget, Hold, NoOutcome, Phase, Settings, Standing};
use temporalio_client::{UntypedWorkflow, WorkflowCancelOptions};

use crate::support::fixture::{Fixture, order, reference, settings, soon};
use crate::support::process::{self, WorkerProcess};

async fn until_counted(fixture: &Fixture, standing: Standing, payments: usize) {
    soon(&format!("{payments} payments {standing:?}"), async {
        while fixture.payments.count(standing).await.unwrap() < payments {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

fn printed(fixture: &Fixture, arguments: &[&str]) -> (String, Option<i32>) {
    let output = process::command(&fixture.engine, &fixture.sandbox).args(arguments).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_turned_away_pause_the_merchant_and_decide_nothing() {
    let fixture = Fixture::set().await;
    let references: Vec<_> = (0..6).map(|number| reference(&format!("ORDER-{number}"))).collect();
    let mut all = Vec::new();
    for reference in &references[..4] {
        fixture.sandbox.authorize(reference.as_str());
        all.push(fixture.payments.cancel(reference).await.unwrap());
    }
    fixture.sandbox.authorize("ORDER-9");
    let capture = fixture.payments.post(&order(PostingKind::Capture, "ORDER-9", 10, "INVOICE-9")).await.unwrap();
    let mut command = fixture.worker_command();
    command.env("BAMBORA_MERCHANT_SECRET", "the-old-secret");
    let old = WorkerProcess::spawn(command);
    until_counted(&fixture, Standing::Paused, 5).await;
    // From now on the worker sends nothing at all.
    let requests = fixture.sandbox.requests().len();
    for reference in &references[4..] {
        fixture.sandbox.authorize(reference.as_str());
        all.push(fixture.payments.cancel(reference).await.unwrap());
    }
    until_counted(&fixture, Standing::Paused, 7).await;
    assert_eq!(fixture.sandbox.requests().len(), requests);
    let status = all[5].status().await.unwrap();
    assert_eq!((status.phase, status.hold, status.requests), (Phase::Paused, Some(Hold::Unauthorized), 0));
    let (report, code) = printed(&fixture, &["report"]);
    assert!(report.starts_with("7 paused\npaused\tc"), "{report}");
    assert_eq!(code, Some(3));

    drop(old);
    let _new = fixture.worker();
    assert_eq!(printed(&fixture, &["credentials-rotated"]), ("7 payments go on\n".to_owned(), Some(0)));
    for cancel in &all {
        let outcome = soon("the outcome", cancel.outcome()).await.unwrap();
        assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome:?}");
    }
    soon("the capture", capture.outcome()).await.unwrap().into_result().unwrap();
    assert_eq!(printed(&fixture, &["report"]), ("6 canceled, 1 captured\n".to_owned(), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_holds_back_the_queue_and_not_one_workflow() {
    let fixture = Fixture::set().await;
    fixture.sandbox.fault_always(Operation::Cancel, Fault::new(Effect::Skip, FaultResponse::Throttled));
    let mut all = Vec::new();
    for number in 0..12 {
        let reference = reference(&format!("ORDER-{number}"));
        fixture.sandbox.authorize(reference.as_str());
        all.push(fixture.payments.cancel(&reference).await.unwrap());
    }
    let mut command = fixture.worker_command();
    // One at a time, so that the first 429 comes before the second request.
    command.args(["--concurrency", "1"]);
    let _worker = WorkerProcess::spawn(command);
    let mut held = 0;
    for cancel in &all {
        let status = soon("a first result", async {
            loop {
                match cancel.status().await {
                    Ok(status) if status.hold.is_some() || status.observation.is_some() => return status,
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        })
        .await;
        held += usize::from(matches!(status.hold, Some(Hold::Throttled { .. })));
    }
    // Each response asks for a second, so there are about as many requests as seconds, and not as payments.
    println!("{held} of {} held back, {} requests", all.len(), fixture.sandbox.requests().len());
    assert!(held > 0);
    fixture.sandbox.recover();
    for cancel in &all {
        assert!(matches!(soon("the outcome", cancel.outcome()).await, Ok(Outcome::Canceled(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_of_all_workers_together() {
    let fixture = Fixture::set().await;
    for number in 0..9 {
        let reference = reference(&format!("ORDER-{number}"));
        fixture.sandbox.authorize(reference.as_str());
        fixture.payments.cancel(&reference).await.unwrap();
    }
    let worker = || {
        let mut command = fixture.worker_command();
        command.args(["--rate", "1.5"]);
        WorkerProcess::spawn(command)
    };
    let _workers = [worker(), worker(), worker()];
    let wait = |requests| {
        tokio::task::block_in_place(|| fixture.sandbox.wait_for_requests(requests, Duration::from_secs(180)))
    };
    assert!(wait(1));
    let began = Instant::now();
    assert!(wait(9));
    // The first second's share may come at once.
    assert!(began.elapsed() > Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_stays_unknown_is_stuck_until_it_is_taken_up() {
    let budget = Budget { queries: 2, ..settings().budget };
    let fixture = Fixture::with(Fixture::sandbox(), Settings { budget, ..settings() }).await;
    fixture.sandbox.fault_always(Operation::Query, "skip-then-500".parse().unwrap());
    fixture.sandbox.fault_always(Operation::Cancel, "skip-then-drop".parse().unwrap());
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.authorize("ORDER-2");
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let other = fixture.payments.cancel(&reference("ORDER-2")).await.unwrap();
    let _worker = fixture.worker();
    until_counted(&fixture, Standing::Stuck, 2).await;
    let (report, code) = printed(&fixture, &["report"]);
    assert_eq!((report.lines().count(), code), (3, Some(3)), "{report}");
    assert!(report.starts_with("2 stuck\n") && report.contains(&format!("stuck\t{}\n", cancel.id())), "{report}");
    let message = cancel.status().await.unwrap().message;
    assert!(message.starts_with("unknown: the payment may or may not be canceled"), "{message}");

    fixture.sandbox.recover();
    assert_eq!(printed(&fixture, &["take-up", cancel.id()]), ("1 payments go on\n".to_owned(), Some(0)));
    let outcome = soon("the outcome", cancel.outcome()).await.unwrap();
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome:?}");
    // Taken up, it queried first.
    assert_eq!(fixture.sandbox.requests().iter().filter(|one| one.target.contains("ORDER-1/cancel")).count(), 2);
    fixture.payments.close(other.id()).await.unwrap();
    assert!(matches!(soon("the end", other.outcome()).await, Err(NoOutcome::Closed)));
    until_counted(&fixture, Standing::Canceled, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_canceled_waits_for_its_request_and_claims_nothing() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.fault_always(Operation::Query, "skip-then-500".parse().unwrap());
    fixture.sandbox.fault_always(Operation::Cancel, "apply-then-drop".parse().unwrap());
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let _worker = fixture.worker();
    assert!(tokio::task::block_in_place(|| fixture.sandbox.wait_for_requests(1, Duration::from_secs(180))));
    let client = fixture.engine.client().await;
    let workflow = client.get_workflow_handle::<UntypedWorkflow>(cancel.id());
    workflow.cancel(WorkflowCancelOptions::default()).await.unwrap();
    assert!(matches!(soon("the end", cancel.outcome()).await, Err(NoOutcome::Closed)));
    // Its id stays taken: a second workflow would not know of the first one's request.
    let again = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    assert!(!again.is_new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_gone_on_with_in_another_run() {
    let fixture = Fixture::with_engine(&["limit.historyCount.suggestContinueAsNew=20"], settings()).await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.fault(Operation::Cancel, "ORDER-1", "apply-then-drop".parse().unwrap());
    for _ in 0..6 {
        fixture.sandbox.fault(Operation::Query, "ORDER-1", "skip-then-500".parse().unwrap());
    }
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let _worker = fixture.worker();
    assert!(matches!(soon("the outcome", cancel.outcome()).await, Ok(Outcome::Canceled(_))));
    let status = cancel.status().await.unwrap();
    // The requests are counted over all runs, the queries of the last one only.
    assert!(status.requests == 1 && status.queries < 7, "{status:?}");
    let requests = fixture.sandbox.requests();
    let shown: Vec<_> = requests.iter().map(|one| (one.method.as_str(), one.status)).collect();
    assert_eq!(shown.len(), 8, "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_remembered_in_another_run() {
    // Another run begins after the pause, and its request comes to the worker that was turned away.
    let fixture = Fixture::with_engine(&["limit.historyCount.suggestContinueAsNew=6"], settings()).await;
    fixture.sandbox.authorize("ORDER-1");
    let denied = Fault::new(Effect::Skip, FaultResponse::Problem(403, "forbidden"));
    fixture.sandbox.fault(Operation::Cancel, "ORDER-1", denied);
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let _worker = fixture.worker();
    until_counted(&fixture, Standing::Paused, 1).await;
    fixture.payments.credentials_rotated(cancel.id()).await.unwrap();
    soon("an end of the pause", async {
        while cancel.standing().await.unwrap() == Standing::Paused {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while cancel.standing().await.unwrap() == Standing::Working {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(cancel.standing().await.unwrap(), Standing::Canceled);
}
