//! Captures and refunds over real sockets with random faults: every key at most once, no claim is wrong, and once the server
//! recovers nothing stays unknown that took effect.

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bambora_core::posting::{PostingCheckpoint, PostingKey, PostingKind, PostingOrder, PostingOutcome, PostingPolicy};
use bambora_core::{Amount, CancelPolicy, PaymentReference, PaymentState};
use bambora_sandbox::Sandbox;
use tokio::runtime::Runtime;

/// How many of 1,000 requests meet a fault.
const FAULTS: u16 = 400;
const AMOUNT: u32 = 100;
/// What each payment has room for: three postings, so that nothing but the flow keeps a key from being posted twice.
const ROOM: i64 = 300;
const AT_ONCE: usize = 16;

/// 500 captures and 500 refunds; with `BAMBORA_LONG_TESTS` 10,000 of each.
fn orders() -> usize {
    match env::var_os("BAMBORA_LONG_TESTS") {
        Some(_) => 20_000,
        None => 1_000,
    }
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
fn check(sandbox: &Sandbox, order: &PostingOrder, outcome: &PostingOutcome) -> usize {
    let reference = order.reference.as_str();
    let postings = match order.kind {
        PostingKind::Capture => sandbox.captures(reference),
        PostingKind::Refund => sandbox.refunds(reference),
    };
    let ours = postings.iter().filter(|posting| posting.comment.as_deref() == Some(order.key.as_str())).count();
    assert!(ours <= 1, "{order}: {ours} times");
    match outcome {
        PostingOutcome::Posted(_) => assert_eq!(ours, 1, "{order}: {outcome}"),
        PostingOutcome::Refused(_) | PostingOutcome::NotSent(_) => assert_eq!(ours, 0, "{order}: {outcome}"),
        PostingOutcome::Unknown(_) => {}
    }
    ours
}

/// Posts every order, then resumes each that is unknown.
fn soak(
    sandbox: &Sandbox,
    post: impl Fn(PostingOrder) -> PostingOutcome + Sync,
    resume: impl Fn(&PostingCheckpoint) -> PostingOutcome,
) {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(BTreeMap::<&str, usize>::new());
    let unknown = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= orders() {
                        return;
                    }
                    let outcome = post(order(number));
                    check(sandbox, &order(number), &outcome);
                    *lock(&tally).entry(outcome.as_str()).or_default() += 1;
                    if let PostingOutcome::Unknown(outcome) = outcome {
                        lock(&unknown).push(outcome.checkpoint);
                    }
                }
            });
        }
    });
    sandbox.recover();
    let unknown = lock(&unknown);
    assert!(!unknown.is_empty(), "the faults leave something to resolve");
    let requests = || sandbox.requests().len() + sandbox.dropped_requests();
    let (mut never, before) = (0, requests());
    for checkpoint in unknown.iter() {
        let outcome = resume(checkpoint);
        let ours = check(sandbox, checkpoint.order(), &outcome);
        // What took no effect stays unknown, and is not posted again.
        assert_eq!(matches!(outcome, PostingOutcome::Posted(_)), ours == 1, "{}: {outcome}", checkpoint.order());
        assert_eq!(matches!(outcome, PostingOutcome::Unknown(_)), ours == 0, "{}: {outcome}", checkpoint.order());
        never += usize::from(ours == 0);
    }
    assert!(requests() - before <= 6 * unknown.len());
    println!("{:?}; {} resumed, {never} of them took no effect", lock(&tally), unknown.len());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_blocking_client_posts_every_key_at_most_once() {
    let sandbox = sandbox();
    let client = bambora_blocking::Client::builder().posting_policy(policy()).build(sandbox.api()).unwrap();
    let post = |order| client.post(order);
    let resume = |checkpoint: &PostingCheckpoint| client.resume_posting(checkpoint).unwrap();
    soak(&sandbox, post, resume);
}

#[test]
fn the_async_client_posts_every_key_at_most_once() {
    let sandbox = sandbox();
    let client = bambora_hyper::Client::builder().posting_policy(policy()).build(sandbox.api()).unwrap();
    let runtime = Runtime::new().unwrap();
    let post = |order| runtime.block_on(client.post(order));
    let resume = |checkpoint: &PostingCheckpoint| runtime.block_on(client.resume_posting(checkpoint).unwrap());
    soak(&sandbox, post, resume);
}
