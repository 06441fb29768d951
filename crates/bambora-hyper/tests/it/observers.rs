//! The observer of a cancel is awaited: what it stores is stored before a request leaves.

#[allow(dead_code, reason = "an example has a main function of its own")]
#[path = "../../examples/metrics.rs"]
mod metrics;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bambora_hyper::{CancelEvent, CancelPolicy, Checkpoint, Client, Observer, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use tokio::sync::Mutex;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    Client::builder().cancel_policy(policy).build(sandbox.api()).unwrap()
}

/// A table of a database, in which every write takes a while.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<Vec<String>>>);

impl Table {
    async fn insert(&self, checkpoint: &Checkpoint) {
        let mut rows = self.0.lock().await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        rows.push(checkpoint.to_string());
    }
}

/// An observer that is a type, and looks at the sandbox's log when a write has ended.
struct Store {
    table: Table,
    sandbox: Arc<Sandbox>,
    /// How many requests and connections the sandbox had seen after each write.
    seen: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl Observer<CancelEvent> for Store {
    async fn observe(&mut self, event: CancelEvent) -> ControlFlow<()> {
        if let CancelEvent::Sending { checkpoint, .. } = event {
            self.table.insert(&checkpoint).await;
            let requests = self.sandbox.requests().len();
            let seen = (requests, self.sandbox.connections());
            self.seen.lock().await.push(seen);
        }
        ControlFlow::Continue(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_checkpoint_is_stored_before_the_first_byte_of_its_request() {
    let sandbox = Arc::new(Sandbox::start().unwrap());
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let (table, seen) = (Table::default(), Arc::default());
    let store = Store { table: table.clone(), sandbox: Arc::clone(&sandbox), seen: Arc::clone(&seen) };
    let outcome = client(&sandbox).cancel_with(&reference(), store).await;
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    // Cancel, query, cancel: each on a connection of its own, and each stored before that.
    assert_eq!(*seen.lock().await, [(0, 0), (1, 1), (2, 2)]);
    assert_eq!(sandbox.requests().len(), 3);
    let cancels = |text: &String| text.parse::<Checkpoint>().unwrap().cancels();
    let rows = table.0.lock().await;
    assert_eq!(rows.iter().map(cancels).collect::<Vec<_>>(), [1, 1, 2]);
}

#[tokio::test]
async fn an_observer_counts_outcomes_and_requests() {
    let counted = metrics::run().await.unwrap();
    for line in [
        r#"bambora_cancels_total{outcome="canceled"} 3"#,
        r#"bambora_cancels_total{outcome="refused"} 1"#,
        r#"bambora_requests_total{request="cancel_payment",result="200"} 2"#,
        r#"bambora_requests_total{request="cancel_payment",result="404"} 1"#,
        r#"bambora_requests_total{request="cancel_payment",result="unknown"} 1"#,
        r#"bambora_requests_total{request="query_payment",result="200"} 1"#,
        "bambora_request_seconds_count 5",
    ] {
        assert!(counted.lines().any(|counted| counted == line), "{line} is not in {counted}");
    }
}

#[tokio::test]
async fn an_observer_that_breaks_keeps_the_request_from_being_sent() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    let cancel = client.cancel_with(&reference(), |_| async { ControlFlow::Break(()) });
    let outcome = cancel.await;
    let Outcome::NotSent(not_sent) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(not_sent.attempts, 0);
    assert_eq!(sandbox.connections(), 0);
    assert_eq!(client.take_unresolved(), []);
}

#[tokio::test]
async fn an_observer_that_breaks_later_leaves_the_outcome_that_is_true_then() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let client = client(&sandbox);
    let cancel = client.cancel_with(&reference(), |event| async move {
        match event {
            CancelEvent::Failed(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    let outcome = cancel.await;
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(sandbox.requests().len(), 1);
    let resumed = client.resume(&unknown.checkpoint).unwrap().await;
    assert!(matches!(resumed, Outcome::Canceled(_)), "{resumed}");
}
