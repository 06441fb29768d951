//! Captures and refunds over real sockets with random faults: every key at most once, and no claim is wrong.

use std::env;
use std::time::Duration;

use bambora_core::posting::{PostingKey, PostingOrder, PostingOutcome, PostingPolicy};
use bambora_core::{Amount, CancelPolicy, PaymentReference, PaymentState};
use bambora_sandbox::Sandbox;
use tokio::runtime::Runtime;

/// How many of 1,000 requests meet a fault.
const FAULTS: u16 = 400;
const AMOUNT: u32 = 100;
/// What each payment has room for: three postings, so that nothing but the flow keeps a key from being posted twice.
const ROOM: i64 = 300;

/// 1,000, or what `BAMBORA_POSTINGS` says.
fn orders() -> usize {
    env::var("BAMBORA_POSTINGS").map_or(1_000, |text| text.parse().unwrap())
}

fn policy() -> PostingPolicy {
    let budgets = CancelPolicy::builder().queries(6).waits(Duration::ZERO, Duration::ZERO).build();
    PostingPolicy::new(budgets.unwrap())
}

fn order(number: usize) -> PostingOrder {
    let reference: PaymentReference = format!("ORDER-{number}").parse().unwrap();
    let key = PostingKey::new(format!("INVOICE-{number}")).unwrap();
    match number % 2 {
        0 => PostingOrder::capture(reference, Amount::from(AMOUNT), key),
        _ => PostingOrder::refund(reference, Amount::from(AMOUNT), key),
    }
}

/// Half of the payments are authorized and to be captured, the others are captured and to be refunded.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    for number in 0..orders() {
        let reference = format!("ORDER-{number}");
        sandbox.authorize_amount(&reference, ROOM, "EUR");
        if number % 2 == 1 {
            assert!(sandbox.capture(&reference, ROOM, Some("the shop's own")));
            assert_eq!(sandbox.payment(&reference).unwrap().state, PaymentState::Captured);
        }
    }
    sandbox.random_faults(2016, FAULTS);
    sandbox
}

/// Counts what took effect by the order's key, and checks the claim against it.
fn check(sandbox: &Sandbox, order: &PostingOrder, outcome: &PostingOutcome) {
    let reference = order.reference.as_str();
    let postings = match order.kind {
        bambora_core::posting::PostingKind::Capture => sandbox.captures(reference),
        bambora_core::posting::PostingKind::Refund => sandbox.refunds(reference),
    };
    let ours = postings.iter().filter(|posting| posting.comment.as_deref() == Some(order.key.as_str())).count();
    assert!(ours <= 1, "{order}: {ours} times");
    match outcome {
        PostingOutcome::Posted(_) => assert_eq!(ours, 1, "{order}: {outcome}"),
        PostingOutcome::Refused(_) | PostingOutcome::NotSent(_) => {
            assert_eq!(ours, 0, "{order}: {outcome}");
        }
        PostingOutcome::Unknown(_) => {}
    }
}

#[test]
fn the_blocking_client_posts_every_key_at_most_once() {
    let sandbox = sandbox();
    let client = bambora_blocking::Client::builder().posting_policy(policy()).build(sandbox.api()).unwrap();
    let mut unknown = Vec::new();
    for order in (0..orders()).map(order) {
        let outcome = client.post_with(order.clone(), |_| std::ops::ControlFlow::Continue(()));
        check(&sandbox, &order, &outcome);
        if let PostingOutcome::Unknown(outcome) = outcome {
            unknown.push(outcome.checkpoint);
        }
    }
    assert!(!unknown.is_empty(), "the faults leave something to resolve");
    sandbox.recover();
    for checkpoint in unknown {
        let outcome = client.resume_posting(&checkpoint, |_| std::ops::ControlFlow::Continue(())).unwrap();
        check(&sandbox, checkpoint.order(), &outcome);
    }
}

#[test]
fn the_async_client_posts_every_key_at_most_once() {
    let sandbox = sandbox();
    let client = bambora_hyper::Client::builder().posting_policy(policy()).build(sandbox.api()).unwrap();
    let runtime = Runtime::new().unwrap();
    for order in (0..orders()).map(order) {
        let amount = order.amount;
        let posting = match order.kind {
            bambora_core::posting::PostingKind::Capture => client.capture(&order.reference, amount, order.key.clone()),
            bambora_core::posting::PostingKind::Refund => client.refund(&order.reference, amount, order.key.clone()),
        };
        let outcome = runtime.block_on(posting);
        check(&sandbox, &order, &outcome);
    }
}
