//! What an outcome tells: its name for programs, and for people what happened and what to do next.

use std::error::Error;

use bambora_core::flow::{Confirmation, Connection, Observation};
use bambora_core::posting::{
    Posted, PostingCheckpoint, PostingKind, PostingNotSent, PostingOrder, PostingOutcome, PostingRefused,
    PostingRequestKind, PostingUnknown, RefusedBy,
};
use bambora_core::{PaymentState, Problem, TransportError};

use super::{lost, merchant, order, response};

const KINDS: [(PostingKind, &str, &str); 2] =
    [(PostingKind::Capture, "capture", "captured"), (PostingKind::Refund, "refund", "refunded")];

fn order_of(kind: PostingKind) -> PostingOrder {
    PostingOrder::new(kind, order().reference, order().amount, order().key)
}

fn unknown(kind: PostingKind) -> PostingUnknown {
    PostingUnknown::new(PostingCheckpoint::new(merchant(), order_of(kind), 1))
}

fn after(observation: Observation) -> PostingNotSent {
    let mut not_sent = PostingNotSent::new(order());
    not_sent.observation = Some(Box::new(observation));
    not_sent
}

#[test]
fn a_kind_has_its_names() {
    for (kind, name, done) in KINDS {
        assert_eq!((kind.as_str(), kind.to_string().as_str(), kind.done()), (name, name, done));
        let operation_id = format!("{name}_payment");
        assert_eq!(kind.operation_id(), operation_id);
        assert_eq!(PostingRequestKind::Post.operation_id(&order_of(kind)), operation_id);
        assert_eq!(PostingRequestKind::Query.operation_id(&order_of(kind)), "query_payment");
    }
    assert_eq!(PostingRequestKind::Post.to_string(), "posting");
    assert_eq!(PostingRequestKind::Query.to_string(), "query_payment");
}

#[test]
fn an_order_says_what_is_to_be_done() {
    for (kind, name, _) in KINDS {
        let text = format!("{name} of 60 minor units of ORDER-1001 by key INVOICE-7");
        assert_eq!(order_of(kind).to_string(), text);
    }
}

#[test]
fn each_outcome_has_its_name_and_names_its_order() {
    for (kind, _, done) in KINDS {
        let order = order_of(kind);
        let posted = Posted::new(order.clone(), Confirmation::Response, PaymentState::Captured);
        let refused = PostingRefused::by_problem(order.clone(), Problem::new(402, "a_problem"));
        for (outcome, name) in [
            (PostingOutcome::Posted(posted), done),
            (PostingOutcome::Refused(refused), "refused"),
            (PostingOutcome::NotSent(PostingNotSent::new(order.clone())), "not_sent"),
            (PostingOutcome::Unknown(unknown(kind)), "unknown"),
        ] {
            assert_eq!((outcome.as_str(), outcome.order()), (name, &order));
            let text = outcome.to_string();
            match outcome.into_result() {
                Ok(posted) => assert_eq!((name, posted.to_string()), (done, text)),
                Err(error) => assert_eq!(error.to_string(), text),
            }
        }
    }
}

#[test]
fn what_was_posted_says_how_much_and_how_it_is_known() {
    for (kind, _, done) in KINDS {
        let text = |confirmation| Posted::new(order_of(kind), confirmation, PaymentState::Captured).to_string();
        let end = ": 60 minor units; nothing more to do";
        assert_eq!(text(Confirmation::Response), format!("{done}{end}"));
        assert_eq!(text(Confirmation::Query), format!("{done}, confirmed by query{end}"));
        assert_eq!(text(Confirmation::Already), format!("{done} already, by an earlier request with this key{end}"));
    }
}

#[test]
fn a_refusal_says_why() {
    for (kind, name, done) in KINDS {
        let by_problem = PostingRefused::by_problem(order_of(kind), Problem::new(402, "a_problem")).to_string();
        assert!(by_problem.starts_with("refused: the API responded 402 a_problem; "), "{by_problem}");
        assert!(by_problem.contains(&format!("nothing was {done} by this request")), "{by_problem}");
        let by_key = PostingRefused::by_key(order_of(kind), PaymentState::Captured);
        assert!(matches!(&*by_key.by, RefusedBy::KeyUsed { payment, .. } if payment.state == PaymentState::Captured));
        let by_key = by_key.to_string();
        assert!(by_key.contains(&format!("has a {name} with this key and another amount")), "{by_key}");
        let by_state = PostingRefused::by_state(order_of(kind), PaymentState::Canceled).to_string();
        assert!(
            by_state.starts_with(&format!("refused: the payment is Canceled, and no {name} of it is")),
            "{by_state}"
        );
    }
}

#[test]
fn not_sent_tells_what_was_turned_away_from_what_never_arrived() {
    let begins = |observation: Observation, begin: &str| {
        let text = after(observation).to_string();
        assert!(text.starts_with(begin), "{text}");
        assert!(text.ends_with(": this call has captured nothing; try again with the same key"), "{text}");
    };
    begins(Observation::problem(&Problem::new(409, "a_problem")), "turned away (the last response was 409 a_problem)");
    begins(Observation::problem(&Problem::new(429, "a_problem")), "turned away (the last response was 429 a_problem)");
    begins(Observation::problem(&Problem::new(500, "a_problem")), "not sent (the last response was 500 a_problem)");
    let throttled = |status| PostingRequestKind::Post.judge(&order(), &response(status, ""), Connection::Fresh);
    begins(throttled(429).observation, "turned away (the last response was 429, which asks to come back later)");
    begins(throttled(503).observation, "not sent (the last response was 503 without a problem document");
    let refused = TransportError::not_sent("refused");
    begins(Observation::from(&refused), "not sent (the last request was not sent: refused)");
    assert!(PostingNotSent::new(order()).to_string().starts_with("not sent: this call has captured nothing; "));
}

#[test]
fn the_cause_is_the_source_of_what_is_not_sent_or_unknown() {
    let source = |error: &dyn Error| error.source().map(ToString::to_string);
    let not_sent = after(Observation::from(&TransportError::not_sent("refused")));
    assert_eq!(source(&not_sent).as_deref(), Some("refused"));
    assert_eq!(source(&PostingNotSent::new(order())), None);
    assert_eq!(source(&after(Observation::problem(&Problem::new(409, "a_problem")))), None);
    let mut unknown = unknown(PostingKind::Refund);
    assert_eq!(source(&unknown), None);
    let text = unknown.to_string();
    assert!(text.starts_with("unknown: the amount may or may not be refunded; resume from the checkpoint"), "{text}");
    unknown.observation = Some(Box::new(Observation::from(&lost())));
    assert_eq!(source(&unknown).as_deref(), Some("reset"));
    assert!(unknown.to_string().contains("refunded (the last request got no usable response: reset); resume"));
}
