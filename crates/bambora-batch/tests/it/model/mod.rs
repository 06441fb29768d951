//! The journal, a process and the server as a model: every order of their steps, with a crash between any two.

mod explorer;
mod journal;
mod same_as_sqlite;
mod world;

use explorer::explore;
use journal::Broken;

#[test]
fn the_journal_keeps_its_promises_whatever_happens() {
    let explored = explore(None).unwrap();
    println!("{explored:?}");
    assert!(explored.states > 10_000, "{explored:?}");
    assert!(explored.ends > 10, "{explored:?}");
}

#[test]
fn broken_journals_are_caught() {
    for (broken, promise) in [
        (Broken::ResultBeforeCommit, "told before it was durable"),
        (Broken::StartedAfterSent, "sent before it was durable"),
        (Broken::TerminalReopened, "a terminal row changed"),
        (Broken::ClaimNotMarked, "sent before it was durable"),
        (Broken::RowForgotten, "a row is lost"),
        (Broken::DoubtForgotten, "two cancel requests without a query between"),
    ] {
        let fault = explore(Some(broken)).unwrap_err();
        assert!(fault.contains(promise), "{broken:?}: {fault}");
    }
}
