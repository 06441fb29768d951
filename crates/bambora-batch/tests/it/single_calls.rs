//! Single cancels, captures and refunds whose question the journal owns.

use std::time::Duration;

use bambora_batch::{CallError, Journal, JournalError, Status, StopReason};
use bambora_core::posting::{PostingKey, PostingKind};
use bambora_core::{Amount, CancelPolicy};
use bambora_hyper::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
use super::mixed::{posting, times};
use super::temporary::reference;

fn held(fixture: &Fixture) {
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", held);
}

#[tokio::test]
async fn a_finished_row_is_not_asked_for_again() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    for _ in 0..2 {
        let row = fixture.journal.cancel(&fixture.client, &order).await.unwrap();
        assert_eq!((row.status, row.attempts, row.queries, row.runs), (Status::Canceled, 1, 0, 1));
    }
    assert_eq!(fixture.operations(&order), [Operation::Cancel]);
}

#[tokio::test]
async fn one_of_two_callers_owns_the_payment_and_the_other_is_told() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    held(&fixture);
    let first = fixture.journal.cancel(&fixture.client, &order);
    let second = async {
        fixture.wait_for_held(1).await;
        let second = fixture.journal.cancel(&fixture.client, &order).await;
        fixture.sandbox.release();
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status, Status::Canceled);
    assert!(matches!(second, Err(CallError::Busy { .. })));
    assert_eq!(fixture.operations(&order), [Operation::Cancel]);
}

#[tokio::test]
async fn a_call_that_is_dropped_goes_on_by_itself() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    held(&fixture);
    tokio::select! {
        _ = fixture.journal.cancel(&fixture.client, &order) => panic!("its response is held"),
        () = fixture.wait_for_held(1) => {}
    }
    fixture.sandbox.release();
    let row = loop {
        match fixture.journal.cancel(&fixture.client, &order).await {
            Err(CallError::Busy { .. }) => tokio::task::yield_now().await,
            row => break row.unwrap(),
        }
    };
    assert_eq!(row.status, Status::Canceled);
    assert_eq!(fixture.operations(&order), [Operation::Cancel]);
}

#[test]
fn a_call_that_is_lost_with_its_runtime_is_gone_on_with_by_a_query() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    held(&fixture);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        tokio::select! {
            _ = fixture.journal.cancel(&fixture.client, &order) => panic!("its response is held"),
            () = fixture.wait_for_held(1) => {}
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(10));
    fixture.sandbox.release();

    // Another process, for all that the journal knows.
    let path = fixture.folder.join("night.journal");
    fixture.journal.close().wait().unwrap();
    let journal = Journal::open(path, fixture.client.api().merchant()).unwrap();
    let client = Fixture::client(fixture.sandbox.api());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let row = runtime.block_on(journal.cancel(&client, &order)).unwrap();
    assert_eq!((row.status, row.confirmation.as_deref()), (Status::Canceled, Some("query")));
    let operations: Vec<_> =
        fixture.sandbox.requests().into_iter().map(|request| request.operation.unwrap().0).collect();
    assert_eq!(operations, [Operation::Cancel, Operation::Query]);
}

#[tokio::test]
async fn a_row_counts_the_requests_and_queries_of_its_calls() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Drop));
    let denied = Fault::new(Effect::Skip, FaultResponse::Problem(403, ""));
    fixture.sandbox.fault(Operation::Query, "ORDER-0", denied);
    let error = fixture.journal.cancel(&fixture.client, &order).await.unwrap_err();
    assert!(matches!(error, CallError::Credentials(StopReason::Forbidden)), "{error}");
    let row = fixture.journal.find(order.clone()).await.unwrap().unwrap();
    assert_eq!((row.status, row.attempts, row.queries, row.runs), (Status::Started, 1, 1, 0));
    assert_eq!(row.problem.as_deref(), Some("403: not permitted"));
    let row = fixture.journal.cancel(&fixture.client, &order).await.unwrap();
    assert_eq!((row.status, row.attempts, row.queries, row.runs), (Status::Canceled, 1, 2, 1));

    // A capture is queried before as well.
    let fixture = Fixture::new(1);
    fixture.sandbox.fault(Operation::Capture, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Drop));
    let row = capture(&fixture.journal, &fixture.client).await.unwrap();
    assert_eq!((row.status, row.attempts, row.queries, row.runs), (Status::Captured, 1, 2, 1));
}

#[tokio::test]
async fn wrong_credentials_are_no_outcome() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    let api = Fixture::api_with_secret(&fixture.sandbox.base_url(), "rotated");
    let denied = fixture.journal.cancel(&Fixture::client(api), &order).await;
    assert!(matches!(denied, Err(CallError::Credentials(StopReason::Unauthorized))));
    assert_eq!(fixture.counts().await.of(Status::Waiting), 1);
    let row = fixture.journal.cancel(&fixture.client, &order).await;
    assert_eq!(row.unwrap().status, Status::Canceled);
}

/// What a merchant's program does, as often as it likes.
async fn capture(journal: &Journal, client: &Client) -> Result<bambora_batch::Row, CallError> {
    let key = PostingKey::new("INVOICE-7").unwrap();
    journal.capture(client, &reference("ORDER-0"), Amount::from(60), key).await
}

fn captured(fixture: &Fixture) -> usize {
    times(&fixture.sandbox, &posting(PostingKind::Capture, "ORDER-0", 60, "INVOICE-7").into())
}

#[tokio::test]
async fn a_capture_and_a_refund_are_made_once_however_often_they_are_asked_for() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    for _ in 0..2 {
        let row = capture(&fixture.journal, &fixture.client).await.unwrap();
        assert_eq!((row.status, row.attempts, row.queries), (Status::Captured, 1, 1));
    }
    for _ in 0..2 {
        let key = PostingKey::new("RETURN-1").unwrap();
        let row = fixture.journal.refund(&fixture.client, &order, Amount::from(25), key).await.unwrap();
        assert_eq!(row.status, Status::Refunded);
    }
    assert_eq!((captured(&fixture), fixture.sandbox.refunded("ORDER-0")), (1, 25));
    assert_eq!(fixture.sandbox.requests().len(), 4);

    let key = PostingKey::new("RETURN-1").unwrap();
    let other = fixture.journal.refund(&fixture.client, &order, Amount::from(26), key).await;
    assert!(matches!(other, Err(CallError::Journal(JournalError::KeyUsed { .. }))));
    assert_eq!(fixture.sandbox.requests().len(), 4);
}

#[test]
fn a_capture_that_is_lost_with_its_runtime_is_queried_and_not_sent_again() {
    for effect in [Effect::Apply, Effect::Skip] {
        let fixture = Fixture::new(1);
        let held = Fault::new(effect, FaultResponse::Ok).held();
        fixture.sandbox.fault(Operation::Capture, "ORDER-0", held);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            tokio::select! {
                _ = capture(&fixture.journal, &fixture.client) => panic!("its response is held"),
                () = fixture.wait_for_held(1) => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(10));
        fixture.sandbox.release();

        // Another process, for all that the journal knows.
        let policy = CancelPolicy::builder().queries(3).waits(Duration::ZERO, Duration::ZERO).build().unwrap();
        let client = Client::builder().posting_policy(bambora_core::posting::PostingPolicy::new(policy));
        let client = client.build(fixture.sandbox.api()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let row = runtime.block_on(capture(&fixture.journal, &client)).unwrap();
        let expected = match effect {
            Effect::Apply => (Status::Captured, Some("query")),
            _ => (Status::Started, None),
        };
        assert_eq!((row.status, row.confirmation.as_deref()), expected);
        let captures = fixture.operations(&reference("ORDER-0"));
        assert_eq!(captures.iter().filter(|operation| **operation == Operation::Capture).count(), 1);
    }
}

#[tokio::test]
async fn wrong_credentials_are_no_outcome_of_a_capture_either() {
    let fixture = Fixture::new(1);
    let denied = Fault::new(Effect::Skip, FaultResponse::Problem(401, ""));
    for operation in [Operation::Query, Operation::Capture] {
        fixture.sandbox.fault(operation, "ORDER-0", denied);
        let row = capture(&fixture.journal, &fixture.client).await;
        assert!(matches!(row, Err(CallError::Credentials(StopReason::Unauthorized))));
        let rows = fixture.journal.page(&Status::ALL, 0, 9).await.unwrap();
        assert_eq!((rows[1].status, rows[1].runs), (Status::Waiting, 0));
    }
    // In doubt, it stays so.
    fixture.sandbox.fault(Operation::Capture, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Drop));
    fixture.sandbox.fault(Operation::Query, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Ok));
    fixture.sandbox.fault(Operation::Query, "ORDER-0", denied);
    let row = capture(&fixture.journal, &fixture.client).await;
    assert!(matches!(row, Err(CallError::Credentials(StopReason::Unauthorized))));
    let rows = fixture.journal.page(&Status::ALL, 0, 9).await.unwrap();
    assert_eq!((rows[1].status, rows[1].runs), (Status::Started, 0));
    let row = capture(&fixture.journal, &fixture.client).await.unwrap();
    assert_eq!((row.status, captured(&fixture)), (Status::Captured, 1));
}

#[tokio::test]
async fn nothing_is_captured_that_the_journal_has_not_taken_down() {
    let fixture = Fixture::new(1);
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault(Operation::Query, "ORDER-0", held);
    let call = capture(&fixture.journal, &fixture.client);
    let remove = async {
        fixture.wait_for_held(1).await;
        std::fs::remove_file(fixture.folder.join("night.journal")).unwrap();
        fixture.sandbox.release();
    };
    let (row, ()) = tokio::join!(call, remove);
    assert!(matches!(row, Err(CallError::Journal(JournalError::Lost { .. }))));
    assert_eq!((captured(&fixture), fixture.sandbox.requests().len()), (0, 1));
}
