//! The budgets of a payment are counted once, through pauses and runs, and are whole again when it is taken up.

use std::time::Duration;

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use bambora_temporal::{Budget, DurableFlow, Phase, Running, Settings, Standing};

use crate::support::fixture::{Fixture, reference, settings, soon};

fn with(budget: Budget) -> Settings {
    Settings { budget: Budget { first_wait: 0.05, longest_wait: 0.1, ..budget }, ..settings() }
}

fn denied() -> Fault {
    Fault::new(Effect::Skip, FaultResponse::Problem(403, "forbidden"))
}

fn sent(fixture: &Fixture, operation: Operation, reference: &str) -> usize {
    let is_it = |one: &&(Operation, String)| one.0 == operation && one.1 == reference;
    fixture.sandbox.requests().iter().filter_map(|one| one.operation.as_ref()).filter(is_it).count()
}

/// Waits until the only payment is stuck after more requests than `before`, and returns how many there were.
async fn stuck<F: DurableFlow>(fixture: &Fixture, running: &Running<F>, before: usize) -> usize {
    soon("a stuck payment", async {
        loop {
            let more = fixture.sandbox.requests().len() > before;
            match running.status().await {
                Ok(now) if more && now.phase == Phase::Stuck => return fixture.sandbox.requests().len(),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_gets_the_same_budget_each_time_it_is_taken_up() {
    let budget = Budget { further_requests: 1, ..Budget::default() };
    let fixture = Fixture::with(Fixture::sandbox(), with(budget)).await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.fault_always(Operation::Cancel, "skip-then-drop".parse().unwrap());
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let _worker = fixture.worker();
    let (mut requests, mut cancels) = (0, Vec::new());
    for _ in 0..4 {
        requests = stuck(&fixture, &cancel, requests).await;
        cancels.push(sent(&fixture, Operation::Cancel, "ORDER-1"));
        fixture.payments.take_up(cancel.id()).await.unwrap();
    }
    assert_eq!(cancels, [2, 4, 6, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_lasts_through_all_runs_and_is_whole_again_when_taken_up() {
    let budget = Budget { queries: 7, ..Budget::default() };
    let fixture = Fixture::with_engine(&["limit.historyCount.suggestContinueAsNew=20"], with(budget)).await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.fault_always(Operation::Cancel, "skip-then-drop".parse().unwrap());
    fixture.sandbox.fault_always(Operation::Query, "skip-then-500".parse().unwrap());
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let _worker = fixture.worker();
    let (mut requests, mut queries) = (0, Vec::new());
    for _ in 0..3 {
        requests = stuck(&fixture, &cancel, requests).await;
        queries.push(sent(&fixture, Operation::Query, "ORDER-1"));
        fixture.payments.take_up(cancel.id()).await.unwrap();
    }
    assert_eq!(queries, [7, 14, 21]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_leaves_what_is_left_of_the_budget() {
    let budget = Budget { queries: 4, ..Budget::default() };
    let fixture = Fixture::with(Fixture::sandbox(), with(budget)).await;
    fixture.sandbox.authorize("CANCEL");
    // The cancel is turned away when it has made half of its queries, and is resumed afterwards.
    for fault in ["skip-then-500".parse().unwrap(), "skip-then-500".parse().unwrap(), denied()] {
        fixture.sandbox.fault(Operation::Query, "CANCEL", fault);
    }
    fixture.sandbox.fault_always(Operation::Query, "skip-then-500".parse().unwrap());
    fixture.sandbox.fault_always(Operation::Cancel, "skip-then-drop".parse().unwrap());
    let cancel = fixture.payments.cancel(&reference("CANCEL")).await.unwrap();
    let _worker = fixture.worker();
    soon("a pause", async {
        while cancel.standing().await.unwrap() != Standing::Paused {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    fixture.payments.credentials_rotated(cancel.id()).await.unwrap();
    stuck(&fixture, &cancel, 4).await;
    // One of them was turned away, and does not count.
    assert_eq!(sent(&fixture, Operation::Query, "CANCEL"), 4 + 1);
}
