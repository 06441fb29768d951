//! Many cancels over real sockets with random faults: no claim is wrong, and once the server recovers nothing stays unknown.

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bambora_client::ClientBuilder;
use bambora_core::{CancelPolicy, Checkpoint, Outcome, PaymentReference};
use bambora_sandbox::Sandbox;

use crate::clients::{AnyClient, for_each_client};

const AT_ONCE: usize = 16;
/// How many of 1,000 requests meet a fault.
const FAULTS: u16 = 400;

/// 10,000, or what `BAMBORA_SOAK` says.
fn cancels() -> usize {
    env::var("BAMBORA_SOAK").map_or(10_000, |text| text.parse().unwrap())
}

/// Another seed each day would be a test that fails some day: this one is set, and can be set otherwise.
fn seed() -> u64 {
    env::var("BAMBORA_SEED").map_or(2016, |text| text.parse().unwrap())
}

fn reference(number: usize) -> PaymentReference {
    PaymentReference::new(format!("ORDER-{number}")).unwrap()
}

/// Returns `true` if a claim is what the sandbox knows.
fn is_true(sandbox: &Sandbox, reference: &PaymentReference, outcome: &Outcome) -> bool {
    let canceled = sandbox.is_canceled(reference.as_str());
    match outcome {
        Outcome::Canceled(claimed) => canceled && claimed.reference == *reference,
        Outcome::Refused(_) => !canceled,
        Outcome::NotSent(_) => {
            !canceled
                && !sandbox
                    .requests()
                    .iter()
                    .any(|request| request.operation.as_ref().is_some_and(|(_, asked)| asked == reference.as_str()))
        }
        Outcome::Unknown(_) => true,
    }
}

fn no_claim_is_wrong_and_nothing_stays_unknown<C: AnyClient>() {
    let (cancels, seed) = (cancels(), seed());
    println!("{}: {cancels} cancels, BAMBORA_SEED={seed}", C::CRATE);
    let sandbox = Sandbox::start().unwrap();
    for number in 0..cancels {
        sandbox.authorize(reference(number).as_str());
    }
    sandbox.random_faults(seed, FAULTS);
    let client = client_with_budget::<C>(&sandbox, 1, 2);
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(BTreeMap::<&str, usize>::new());
    let unresolved = Mutex::new(Vec::<Checkpoint>::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cancels {
                        return;
                    }
                    let reference = reference(number);
                    let outcome = client.cancel(&reference);
                    assert!(is_true(&sandbox, &reference, &outcome), "{reference}: {outcome}");
                    *lock(&tally).entry(outcome.kind().as_str()).or_default() += 1;
                    if let Outcome::Unknown(unknown) = outcome {
                        lock(&unresolved).push(unknown.checkpoint);
                    }
                }
            });
        }
    });
    let tally = lock(&tally);
    println!("{tally:?}");
    assert!(tally["canceled"] > cancels / 2, "{tally:?}");
    assert!(tally["unknown"] > 0, "the faults were too mild to leave anything unknown: {tally:?}");

    sandbox.recover();
    for checkpoint in lock(&unresolved).drain(..) {
        let reference = checkpoint.reference().clone();
        // With budget for more than was used.
        let client = client_with_budget::<C>(&sandbox, checkpoint.cancels() + 2, 10);
        let outcome = client.resume(&checkpoint).unwrap();
        assert!(!matches!(outcome, Outcome::Unknown(_)), "{reference}: {outcome}");
        assert!(is_true(&sandbox, &reference, &outcome), "{reference}: {outcome}");
    }
}

fn client_with_budget<C: AnyClient>(sandbox: &Sandbox, further_cancels: u32, queries: u32) -> C {
    let policy = CancelPolicy::builder()
        .further_cancels(further_cancels)
        .queries(queries)
        .waits(Duration::ZERO, Duration::from_millis(1))
        .build()
        .unwrap();
    ClientBuilder::<C>::new().cancel_policy(policy).build(sandbox.api()).unwrap()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

for_each_client! {
    no_claim_is_wrong_and_nothing_stays_unknown,
}
