//! Everything dies at any moment, and everything that is claimed is true.

use std::time::Duration;

use crate::support::chance::Chance;
use crate::support::fixture::{Fixture, are_long, hasty, soon};
use crate::support::many_payments::ManyPayments;

/// Cancels, captures and refunds, and kills of workers: fewer than 1,000, 500 and 50 unless `BAMBORA_LONG_TESTS` is set.
fn sizes() -> (usize, usize, usize) {
    if are_long() { (1_000, 500, 50) } else { (80, 80, 6) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_claim_is_true_whatever_dies() {
    let (cancels, postings, kills) = sizes();
    let many = ManyPayments::new(cancels, postings);
    // A posting that never arrived is queried until it is stuck: that has to come about within the test.
    let mut fixture = Fixture::with(Fixture::sandbox(), hasty()).await;
    many.authorize(&fixture.sandbox);
    many.trouble(&fixture.sandbox);
    let started = many.start(&fixture.payments).await;

    let mut chance = Chance::new(15);
    let mut workers = [fixture.worker(), fixture.worker()];
    for kill in 0..kills {
        // Any moment: some requests after the last kill.
        let requests = fixture.sandbox.requests().len() + chance.below(2 * started.len() / kills);
        let in_time =
            tokio::task::block_in_place(|| fixture.sandbox.wait_for_requests(requests, Duration::from_secs(20)));
        println!(
            "kill {kill} after {} requests{}",
            fixture.sandbox.requests().len(),
            if in_time { "" } else { " (idle)" }
        );
        let victim = chance.below(2);
        if kill == kills / 2 {
            // Longer than the exchange timeout: what it had begun was given up.
            workers[1 - victim].freeze();
            tokio::time::sleep(hasty().exchange_timeout * 2).await;
            workers[1 - victim].thaw();
        }
        workers[victim] = fixture.worker();
        if kill == kills / 3 || kill == 2 * kills / 3 {
            fixture.engine.kill_and_restart().await;
        }
    }
    let counts = soon("the end of all payments", fixture.all_rest(started.len())).await;
    println!("{counts:?} after {} requests", fixture.sandbox.requests().len());
    assert_eq!(many.wrongs(&started, &fixture.sandbox).await, Vec::<String>::new());
}
