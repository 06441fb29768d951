//! What a driver asks for, and what it makes of the results.

use std::collections::BTreeSet;
use std::time::Duration;

use bambora_client::{Drivable, Driver, Due, Exchange, FlowEvent, Received};
use bambora_core::flow::{Connection, NotSent, RequestKind};
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingKey, PostingKind, PostingNotSent, PostingOrder, PostingOutcome,
    PostingPolicy, PostingRefused, PostingUnknown,
};
use bambora_core::{
    Amount, BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentReference, PaymentState, Problem,
    TransportError,
};
use http::{Request, Response};

use super::api;

fn reference() -> PaymentReference {
    "ORDER-1001".parse().unwrap()
}

fn order(kind: PostingKind) -> PostingOrder {
    PostingOrder::new(kind, reference(), Amount::from(60), PostingKey::new("INVOICE-7").unwrap())
}

fn at_once() -> CancelPolicy {
    CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap()
}

fn cancel() -> Driver {
    Driver::begin(api(), reference(), at_once())
}

fn posting(kind: PostingKind) -> Driver<PostingFlow> {
    Driver::begin(api(), order(kind), PostingPolicy::new(at_once()))
}

fn exchange<F: Drivable>(driver: &mut Driver<F>) -> (Exchange<F::Kind>, Request<Vec<u8>>) {
    match driver.due() {
        Due::Exchange(exchange, request) => (exchange, request),
        other => panic!("{other:?}"),
    }
}

fn received(body: &str) -> Result<Received, TransportError> {
    Ok(Received::new(Response::new(body.as_bytes().to_vec()), Connection::Fresh))
}

fn lost() -> Result<Received, TransportError> {
    Err(TransportError::unknown("reset"))
}

#[test]
fn each_request_has_the_name_of_its_operation() {
    let mut driver = cancel();
    let (cancel, request) = exchange(&mut driver);
    assert_eq!((cancel.operation_id, request.method().as_str()), ("cancel_payment", "POST"));
    driver.finish(cancel, lost());
    let (query, request) = exchange(&mut driver);
    assert_eq!((query.operation_id, request.method().as_str()), ("query_payment", "GET"));
    assert_eq!(driver.flow().operation(), "cancel_payment");

    for (kind, name) in [(PostingKind::Capture, "capture_payment"), (PostingKind::Refund, "refund_payment")] {
        let mut driver = posting(kind);
        let (query, _) = exchange(&mut driver);
        assert_eq!((query.operation_id, driver.flow().operation()), ("query_payment", name));
        driver.finish(query, received(r#"{"payment": "ORDER-1001", "state": "Captured"}"#));
        assert_eq!(exchange(&mut driver).0.operation_id, name);
    }
}

#[test]
fn a_cancel_may_reuse_a_connection_once_and_a_posting_never() {
    let mut driver = cancel();
    let (cancel, _) = exchange(&mut driver);
    assert_eq!(cancel.connection, Connection::Reused);
    driver.finish(cancel, lost());
    assert_eq!(exchange(&mut driver).0.connection, Connection::Fresh);
    assert_eq!(exchange(&mut posting(PostingKind::Capture)).0.connection, Connection::Fresh);
}

#[test]
fn an_observer_is_told_the_checkpoint_before_anything_leaves_and_what_came_after() {
    let mut driver = cancel();
    let (cancel, _) = exchange(&mut driver);
    let FlowEvent::Sending { kind: RequestKind::Cancel, checkpoint, .. } = driver.sending(cancel) else {
        panic!("a cancel request is about to leave");
    };
    assert_eq!((checkpoint.reference(), checkpoint.cancels()), (&reference(), 1));
    let FlowEvent::Failed(error) = driver.finish(cancel, lost()) else { panic!("it was lost") };
    assert_eq!(error.to_string(), TransportError::unknown("").to_string());
    let (query, _) = exchange(&mut driver);
    let event = driver.finish(query, received(r#"{"payment": "ORDER-1001", "state": "Canceled"}"#));
    assert!(matches!(event, FlowEvent::Received(status) if status.as_u16() == 200));
    assert!(matches!(driver.due(), Due::Done(Outcome::Canceled(_))));

    let mut driver = posting(PostingKind::Refund);
    let (query, _) = exchange(&mut driver);
    assert!(matches!(driver.sending(query), FlowEvent::Looking { .. }));
}

#[test]
fn what_was_skipped_was_not_sent_and_what_was_stopped_may_have_been() {
    let mut driver = cancel();
    exchange(&mut driver);
    assert!(matches!(driver.clone().skip_and_stop(), Outcome::NotSent(_)));
    assert!(matches!(driver.stop(), Outcome::Unknown(_)));
}

#[test]
fn only_a_checkpoint_of_the_same_merchant_at_the_same_address_is_gone_on_with() {
    let checkpoint = Checkpoint::new(api().merchant().clone(), reference(), 1);
    let mut resumed = Driver::<CancelFlow>::resume(api(), &checkpoint, at_once()).unwrap();
    assert_eq!(exchange(&mut resumed).0.kind, RequestKind::Query);
    let elsewhere = api().with_base_url(BaseUrl::new("https://h.example").unwrap());
    assert!(Driver::<CancelFlow>::resume(elsewhere.clone(), &checkpoint, at_once()).is_err());
    let checkpoint = PostingCheckpoint::new(api().merchant().clone(), order(PostingKind::Capture), 1);
    assert!(Driver::<PostingFlow>::resume(elsewhere, &checkpoint, PostingPolicy::default()).is_err());
}

/// Flows that fail at the same moment do not come back at the same moment.
#[test]
fn no_two_flows_wait_alike() {
    let wait = || {
        let mut driver = Driver::<CancelFlow>::begin(api(), reference(), CancelPolicy::default());
        let (cancel, _) = exchange(&mut driver);
        driver.finish(cancel, lost());
        match driver.due() {
            // Not the time that passed, but the number that was drawn, tells waits apart.
            Due::Pause(duration) => duration.as_millis() / 10,
            Due::Exchange(..) => 0,
            Due::Done(outcome) => panic!("{outcome}"),
        }
    };
    let waits: BTreeSet<u128> = (0..100).map(|_| wait()).collect();
    assert!(waits.len() > 10, "{waits:?}");
}

#[test]
fn logs_name_an_outcome_and_say_why_the_operation_did_not_succeed() {
    let problem = || Problem::new(402, "a_problem");
    let described = |outcome: PostingOutcome| {
        let (name, why) = PostingFlow::describe(&outcome);
        (name, why.unwrap_or_default())
    };
    let order = || order(PostingKind::Capture);
    let by_problem = PostingRefused::by_problem(order(), problem());
    assert_eq!(described(PostingOutcome::Refused(by_problem)), ("refused", "402 a_problem".to_owned()));
    let by_state = PostingRefused::by_state(order(), PaymentState::Canceled);
    assert_eq!(described(PostingOutcome::Refused(by_state)), ("refused", "Canceled".to_owned()));
    let not_sent = PostingNotSent::new(order());
    assert_eq!(described(PostingOutcome::NotSent(not_sent)), ("not_sent", String::new()));
    let unknown = PostingUnknown::new(PostingCheckpoint::new(api().merchant().clone(), order(), 1));
    assert_eq!(described(PostingOutcome::Unknown(unknown)), ("unknown", String::new()));

    use bambora_core::flow::Refused;
    let described = |outcome: Outcome| {
        let (name, why) = CancelFlow::describe(&outcome);
        (name, why.unwrap_or_default())
    };
    let refused = Refused::by_problem(reference(), problem());
    assert_eq!(described(Outcome::Refused(refused)), ("refused", "402 a_problem".to_owned()));
    let refused = Refused::by_state(reference(), PaymentState::Settled);
    assert_eq!(described(Outcome::Refused(refused)), ("refused", "Settled".to_owned()));
    assert_eq!(described(Outcome::NotSent(NotSent::new(reference()))), ("not_sent", String::new()));
}
