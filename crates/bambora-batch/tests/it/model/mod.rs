//! The journal, a process and the server as a model: every order of their steps, with a crash between any two.

mod explorer;
mod journal;
mod same_as_sqlite;
mod world;

use explorer::explore;
use journal::{Broken, Order};

/// What the two rows ask for.
const ORDERS: [[Order; 2]; 3] =
    [[Order::Cancel, Order::Cancel], [Order::Capture, Order::Capture], [Order::Capture, Order::Cancel]];

#[test]
fn the_journal_keeps_its_promises_whatever_happens() {
    for orders in ORDERS {
        let explored = explore(orders, None).unwrap();
        println!("{orders:?}: {explored:?}");
        assert!(explored.states > 5_000, "{explored:?}");
        assert!(explored.ends > 10, "{explored:?}");
    }
}

#[test]
fn broken_journals_are_caught() {
    let [cancels, captures, _] = ORDERS;
    for (orders, broken, promise) in [
        (cancels, Broken::ResultBeforeCommit, "told before it was durable"),
        (cancels, Broken::StartedAfterSent, "sent before it was durable"),
        (cancels, Broken::TerminalReopened, "a terminal row changed"),
        (cancels, Broken::ClaimNotMarked, "sent before it was durable"),
        (cancels, Broken::RowForgotten, "a row is lost"),
        (cancels, Broken::DoubtForgotten, "two cancel requests without a query between"),
        (captures, Broken::ResultBeforeCommit, "told before it was durable"),
        (captures, Broken::StartedAfterSent, "sent before it was durable"),
        (captures, Broken::TerminalReopened, "a terminal row changed"),
        (captures, Broken::ClaimNotMarked, "sent before it was durable"),
        (captures, Broken::RowForgotten, "a row is lost"),
        (captures, Broken::DoubtForgotten, "two captures"),
        (captures, Broken::StoredBeforeCommit, "sent before it was durable"),
        (captures, Broken::CheckpointForgotten, "sent before it was durable"),
    ] {
        let fault = explore(orders, Some(broken)).unwrap_err();
        assert!(fault.contains(promise), "{orders:?} {broken:?}: {fault}");
    }
}
