//! A worker that is frozen past the exchange timeout and thawed changes nothing.

use std::time::Duration;

use bambora_core::Outcome;
use bambora_core::flow::Confirmation;
use bambora_core::posting::{PostingKind, PostingOutcome};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use crate::support::fixture::{Fixture, order, reference, soon};

#[tokio::test(flavor = "multi_thread")]
async fn the_late_result_of_a_frozen_worker_is_refused() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    fixture.sandbox.authorize("ORDER-2");
    // The requests take effect, and their responses wait.
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault(Operation::Cancel, "ORDER-1", held);
    fixture.sandbox.fault(Operation::Capture, "ORDER-2", held);
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let capture = fixture.payments.post(&order(PostingKind::Capture, "ORDER-2", 10, "INVOICE-2")).await.unwrap();

    let frozen = fixture.worker();
    assert!(tokio::task::block_in_place(|| fixture.sandbox.wait_for_held(2, Duration::from_secs(180))));
    frozen.freeze();
    let other = fixture.worker();
    let (canceled, captured) = soon("both outcomes", async { tokio::join!(cancel.outcome(), capture.outcome()) }).await;
    let (canceled, captured) = (canceled.unwrap(), captured.unwrap());
    assert!(
        matches!(&canceled, Outcome::Canceled(canceled) if canceled.confirmation == Confirmation::Query),
        "{canceled:?}"
    );
    assert!(
        matches!(&captured, PostingOutcome::Posted(posted) if posted.confirmation == Confirmation::Query),
        "{captured:?}"
    );

    fixture.sandbox.release();
    frozen.thaw();
    // The thawed worker is alone now, and does its part.
    other.stop();
    fixture.sandbox.authorize("ORDER-3");
    let third = fixture.payments.cancel(&reference("ORDER-3")).await.unwrap();
    assert!(matches!(soon("the outcome", third.outcome()).await, Ok(Outcome::Canceled(_))));
    assert_eq!(cancel.outcome().await.unwrap(), canceled);
    let sent = |operation| {
        let all = fixture.sandbox.requests();
        let is_it = |reference: &str| matches!(reference, "ORDER-1" | "ORDER-2");
        all.iter().filter(|one| matches!(&one.operation, Some((is, of)) if *is == operation && is_it(of))).count()
    };
    assert_eq!((sent(Operation::Cancel), sent(Operation::Capture)), (1, 1));
}
