//! Captures and refunds through the public flow: what is posted, and what is claimed.

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, Step};
use bambora_core::operations::AuthorizeCardPayment;
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingKey, PostingOrder, PostingOutcome, PostingPolicy,
    PostingRequestKind as Kind, Refusal,
};
use bambora_core::{
    Amount, BaseUrl, CancelPolicy, CapturePayment, Merchant, MerchantNumber, Operation as _, OperationExt as _,
    RefundPayment, TransportError,
};
use http::Response;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn order() -> PostingOrder {
    let key = PostingKey::new("INVOICE-7").unwrap();
    PostingOrder::capture("ORDER-1001".parse().unwrap(), Amount::from(60), key)
}

fn policy() -> PostingPolicy {
    let budgets = CancelPolicy::builder().queries(4).waits(Duration::ZERO, Duration::ZERO).deadline(HOUR * 24);
    PostingPolicy::new(budgets.build().unwrap())
}

fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

fn flow() -> PostingFlow {
    PostingFlow::new(merchant(), order(), policy(), 7)
}

fn payment(status: u16, state: &str, captures: &str) -> Response<Vec<u8>> {
    let body = format!(r#"{{"payment":"ORDER-1001","state":"{state}","captures":[{captures}]}}"#);
    Response::builder().status(status).body(body.into_bytes()).unwrap()
}

fn problem(status: u16, name: &str) -> Response<Vec<u8>> {
    let body = format!(
        r#"{{"type":"https://api.bambora.com/definitions/payments/{name}","title":"","detail":"","status":{status}}}"#
    );
    Response::builder().status(status).body(body.into_bytes()).unwrap()
}

fn ours() -> &'static str {
    r#"{"amount":60,"comment":"INVOICE-7"}"#
}

fn sends(flow: &mut PostingFlow, at: Duration, kind: Kind) {
    assert_eq!(flow.step(at), Step::Send(kind));
}

fn ends(flow: &mut PostingFlow) -> PostingOutcome {
    match flow.step(Duration::ZERO) {
        Step::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// A flow that has queried, and posts next.
fn about_to_post() -> PostingFlow {
    let mut flow = flow();
    sends(&mut flow, Duration::ZERO, Kind::Query);
    assert_eq!(flow.checkpoint(), None, "nothing was posted yet");
    flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
    sends(&mut flow, Duration::ZERO, Kind::Post);
    assert!(flow.checkpoint().is_some());
    flow
}

#[test]
fn the_documented_requests() {
    let reference = || "ORDER-1001".parse().unwrap();
    let capture = CapturePayment::new(reference(), Amount::from(60));
    assert_eq!(capture.body(), br#"{"amount":60}"#);
    let both_shapes = r#"{"amount":60,"comment":"a"},{"capture":{"amount":60,"comment":"b"}}"#;
    assert!(capture.parse(&payment(201, "Captured", both_shapes)).is_ok());
    assert!(capture.parse(&payment(200, "Captured", both_shapes)).is_err());
    assert!(capture.parse(&payment(201, "Captured", "")).is_err());
    let refund = RefundPayment::new(reference(), Amount::from(60));
    let refunded = r#"{"payment":"ORDER-1001","state":"Refunded","refunds":[{"amount":60}]}"#;
    for status in [200, 201] {
        let response = Response::builder().status(status).body(refunded).unwrap();
        assert!(refund.parse(&response).is_ok());
    }
    let card = bambora_core::operations::EncryptedCard::new("n", "c", "m", "y");
    let key = bambora_core::operations::EncryptedSessionKey::new("f", "k");
    let authorize = AuthorizeCardPayment::new(reference(), "EUR".parse().unwrap(), Amount::from(60), card, key);
    assert_eq!(
        String::from_utf8(authorize.body()).unwrap(),
        r#"{"currency":"EUR","amount":60,"encryptedCard":{"cardNumber":"n","cvcCode":"c","expiryMonth":"m","expiryYear":"y"},"encryptedSessionKeys":[{"fingerprint":"f","sessionKey":"k"}],"token":false}"#
    );
}

#[test]
fn what_is_there_already_is_not_posted() {
    let mut flow = flow();
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&payment(200, "Captured", ours()), Connection::Fresh);
    let PostingOutcome::Posted(posted) = ends(&mut flow) else { panic!("it is there") };
    assert_eq!(posted.confirmation, Confirmation::Already);
}

#[test]
fn the_same_amount_without_the_key_is_not_ours_and_the_key_on_another_is_refused() {
    let mut other = flow();
    sends(&mut other, Duration::ZERO, Kind::Query);
    let foreign = r#"{"amount":60,"comment":"INVOICE-8"}"#;
    other.on_response(&payment(200, "Authorized", foreign), Connection::Fresh);
    sends(&mut other, Duration::ZERO, Kind::Post);

    let mut used = flow();
    sends(&mut used, Duration::ZERO, Kind::Query);
    let used_key = r#"{"amount":61,"comment":"INVOICE-7"}"#;
    used.on_response(&payment(200, "Captured", used_key), Connection::Fresh);
    let PostingOutcome::Refused(refused) = ends(&mut used) else { panic!("the key is used") };
    assert!(matches!(*refused.refusal, Refusal::KeyUsed { .. }));
}

#[test]
fn in_doubt_nothing_is_posted() {
    for result in [
        Err(TransportError::unknown("reset")),
        Ok((problem(503, "down"), Connection::Fresh)),
        Ok((problem(422, "invalid_payment_state_transition"), Connection::Reused)),
        Ok((payment(201, "Captured", ""), Connection::Fresh)),
        Ok((payment(200, "Captured", ours()), Connection::Fresh)),
    ] {
        let mut flow = about_to_post();
        match &result {
            Err(error) => flow.on_failure(error),
            Ok((response, connection)) => flow.on_response(response, *connection),
        }
        for _ in 0..3 {
            sends(&mut flow, HOUR, Kind::Query);
            flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
        }
        let PostingOutcome::Unknown(unknown) = ends(&mut flow) else { panic!("nobody knows") };
        let mut resumed = PostingFlow::resume(&unknown.checkpoint, policy(), 7);
        sends(&mut resumed, Duration::ZERO, Kind::Query);
        resumed.on_response(&payment(200, "Captured", ours()), Connection::Fresh);
        let PostingOutcome::Posted(posted) = ends(&mut resumed) else { panic!("it is there") };
        assert_eq!(posted.confirmation, Confirmation::Query);
    }
}

#[test]
fn what_had_no_effect_is_posted_again_or_refused() {
    let mut flow = about_to_post();
    flow.on_failure(&TransportError::not_sent("refused"));
    sends(&mut flow, Duration::ZERO, Kind::Post);
    flow.on_response(&problem(402, "cannot_capture"), Connection::Fresh);
    assert!(matches!(ends(&mut flow), PostingOutcome::Refused(_)));

    let mut blocked = about_to_post();
    let response = problem(409, "payment_operation_blocked");
    blocked.on_response(&response, Connection::Fresh);
    sends(&mut blocked, Duration::ZERO, Kind::Query);
}

#[test]
fn only_the_opt_in_posts_again_and_only_once() {
    let policy = policy().dangerously_post_again_after(HOUR * 2);
    let mut flow = PostingFlow::new(merchant(), order(), policy, 7);
    let absent = payment(200, "Authorized", "");
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, Duration::ZERO, Kind::Post);
    flow.on_failure(&TransportError::unknown("reset"));
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, HOUR * 3, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, HOUR * 3, Kind::Post);
    flow.on_failure(&TransportError::unknown("reset"));
    sends(&mut flow, HOUR * 9, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    assert!(matches!(ends(&mut flow), PostingOutcome::Unknown(_)));
}

proptest! {
    #[test]
    fn a_checkpoint_reads_back_and_is_ascii(reference in "\\PC{1,20}", key in "[a-zé\u{202e}]{1,20}", posts: u32) {
        let Ok(reference) = bambora_core::PaymentReference::new(reference) else { return Ok(()) };
        let Ok(key) = PostingKey::new(key) else { return Ok(()) };
        let order = PostingOrder::refund(reference, Amount::from(1), key);
        let checkpoint = PostingCheckpoint::new(merchant(), order, posts);
        let text = checkpoint.to_string();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(text.parse::<PostingCheckpoint>().unwrap(), checkpoint);
    }
}
