//! Single cancels whose question the journal owns.

use std::time::Duration;

use bambora_batch::{CallError, Journal, Status, StopReason};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
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
        let row = fixture.journal.cancel(&fixture.client, &order).await;
        assert_eq!(row.unwrap().status, Status::Canceled);
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
async fn wrong_credentials_are_no_outcome() {
    let fixture = Fixture::new(1);
    let order = reference("ORDER-0");
    let api = Fixture::api_with_secret(&fixture.sandbox.base_url(), "rotated");
    let denied = fixture.journal.cancel(&Fixture::client(api), &order).await;
    assert!(matches!(denied, Err(CallError::Denied(StopReason::Unauthorized))));
    assert_eq!(fixture.counts().await.of(Status::Waiting), 1);
    let row = fixture.journal.cancel(&fixture.client, &order).await;
    assert_eq!(row.unwrap().status, Status::Canceled);
}
