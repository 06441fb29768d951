//! One payment of each kind, from its start to its outcome.

use bambora_core::Outcome;
use bambora_core::posting::{PostingKind, PostingOutcome};
use bambora_sandbox::Operation;
use bambora_temporal::{NoOutcome, Phase};

use crate::support::fixture::{Fixture, order, reference, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_asked_for_twice_is_one_and_both_callers_get_its_outcome() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-1");
    let first = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let second = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    assert_eq!((first.is_new(), second.is_new()), (true, false));

    let _worker = fixture.worker();
    let outcomes = soon("both outcomes", async { tokio::join!(first.outcome(), second.outcome()) }).await;
    assert!(matches!(&outcomes.0, Ok(Outcome::Canceled(_))), "{outcomes:?}");
    assert_eq!(outcomes.0.unwrap(), outcomes.1.unwrap());
    let third = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    assert!(matches!(third.outcome().await, Ok(Outcome::Canceled(_))));
    assert_eq!(fixture.sandbox.requests().len(), 1);

    let status = third.status().await.unwrap();
    assert_eq!((status.phase, status.requests, status.queries), (Phase::Done, 1, 0));
    assert_eq!(status.message, "canceled: the reserved amount was released; nothing more to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_and_a_refund_are_made_once_by_their_keys() {
    let fixture = Fixture::set().await;
    fixture.sandbox.authorize("ORDER-2");
    let _worker = fixture.worker();
    for kind in [PostingKind::Capture, PostingKind::Refund] {
        let ordered = order(kind, "ORDER-2", 60, "INVOICE-2");
        for _ in 0..2 {
            let running = fixture.payments.post(&ordered).await.unwrap();
            let outcome = soon("the outcome", running.outcome()).await;
            assert!(matches!(outcome, Ok(PostingOutcome::Posted(_))), "{outcome:?}");
        }
        let other = fixture.payments.post(&order(kind, "ORDER-2", 59, "INVOICE-2")).await.unwrap();
        assert!(matches!(other.outcome().await, Err(NoOutcome::OtherAmount)));
    }
    assert_eq!(fixture.sandbox.captures("ORDER-2").len(), 1);
    assert_eq!(fixture.sandbox.refunds("ORDER-2").len(), 1);
    let posts = |request: &&bambora_sandbox::LoggedRequest| {
        request.operation.as_ref().is_some_and(|(operation, _)| *operation != Operation::Query)
    };
    assert_eq!(fixture.sandbox.requests().iter().filter(posts).count(), 2);
}
