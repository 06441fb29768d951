//! kill -9 at any moment of runs against a server with every fault.

use std::collections::{BTreeMap, BTreeSet};

use bambora_batch::{Journal, Row, Status};
use bambora_sandbox::{Operation, Sandbox};

use super::child::Process;
use super::fixture::Fixture;
use super::mixed::{authorize, check_row, forbid, orders, times};
use super::temporary::Folder;

/// 15 kills over 400 orders, a third of them cancels, captures and refunds; `BAMBORA_BATCH_KILLS=200` for 200 over 20,000.
fn setting() -> (usize, usize) {
    match std::env::var("BAMBORA_BATCH_KILLS") {
        Ok(kills) => {
            let kills = kills.parse().unwrap();
            (kills, 20_000)
        }
        Err(_) => (15, 400),
    }
}

#[test]
fn the_journal_equals_the_ledger_and_nothing_was_repeated_blindly() {
    let (kills, count) = setting();
    let orders = orders(count);
    let sandbox = Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap();
    for (number, order) in orders.iter().enumerate() {
        match number % 40 {
            13 => forbid(&sandbox, order),
            26 => {}
            _ => authorize(&sandbox, order),
        }
    }
    sandbox.random_faults(11, 300);
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let merchant = sandbox.api().merchant().clone();
    let open = || Journal::open(&path, &merchant).unwrap();
    open().add_orders(orders).wait().unwrap();

    let mut told = BTreeMap::new();
    let mut lines_until_kill = 1;
    for kill in 0..kills {
        let mut process = Process::run(&path, &sandbox.base_url());
        for _ in 0..lines_until_kill {
            note(process.line(), &mut told);
        }
        process.kill();
        while let Some(line) = process.line() {
            note(Some(line), &mut told);
        }
        // Any number up to twice the average, so that the last kill comes about at the end of the list.
        lines_until_kill = (kill * 7_919 + 13) % (2 * count / kills).max(2);
    }
    let mut ends = 0;
    while !is_finished(&open(), &sandbox) {
        let mut process = Process::run(&path, &sandbox.base_url());
        while let Some(line) = process.line() {
            note(Some(line), &mut told);
        }
        ends += 1;
        assert!(ends < 10, "{}", open().counts().wait().unwrap());
    }
    let in_doubt = check_rows(&open(), &sandbox, count, &told);
    check_requests(&sandbox);
    println!("{kills} kills, {} requests, {in_doubt} orders that nobody knows more about", sandbox.requests().len());
}

/// Some orders stay in doubt: nobody knows more.
fn is_finished(journal: &Journal, sandbox: &Sandbox) -> bool {
    let mut open = journal.rows(&[Status::Waiting, Status::Started, Status::Stuck]);
    open.all(|row| stays_in_doubt(&row.unwrap(), sandbox))
}

/// A payment that was in doubt after a crash, and that the server does not know; or a capture or refund of which nothing came.
fn stays_in_doubt(row: &Row, sandbox: &Sandbox) -> bool {
    let is_capture_or_refund = row.order.key().is_some();
    matches!(row.status, Status::Started | Status::Stuck)
        && match sandbox.payment(row.reference.as_str()) {
            None => true,
            Some(_) => is_capture_or_refund && times(sandbox, &row.order) == 0,
        }
}

/// An order that was told to be carried out or refused is told nothing else.
fn note(line: Option<String>, told: &mut BTreeMap<String, String>) {
    let line = line.unwrap_or_default();
    let Some((status @ ("canceled" | "captured" | "refunded" | "refused"), reference)) = line.split_once(' ') else {
        return;
    };
    let before = told.insert(reference.to_owned(), status.to_owned());
    assert!(before.is_none(), "{reference}: {before:?}, then {status}");
}

/// Returns how many rows are in doubt for good.
fn check_rows(journal: &Journal, sandbox: &Sandbox, count: usize, told: &BTreeMap<String, String>) -> usize {
    let (mut rows, mut in_doubt) = (0, 0);
    for row in journal.rows(&Status::ALL) {
        let row = row.unwrap();
        check_row(sandbox, &row);
        assert!(row.status.is_terminal() || stays_in_doubt(&row, sandbox), "{row:?}");
        if let Some(told) = told.get(row.reference.as_str()) {
            assert_eq!(told, row.status.as_str(), "{row:?}");
        }
        rows += 1;
        in_doubt += usize::from(!row.status.is_terminal());
    }
    assert_eq!(rows, count);
    in_doubt
}

/// Between two requests that change a payment there is a query, and none of them has an effect after another. A capture or refund
/// comes again only if the one before was turned away.
fn check_requests(sandbox: &Sandbox) {
    assert_eq!(sandbox.dropped_requests(), 0);
    let mut last: BTreeMap<String, Operation> = BTreeMap::new();
    let mut settled = BTreeSet::new();
    for request in sandbox.requests() {
        let (operation, reference) = request.operation.unwrap();
        let before = last.insert(reference.clone(), operation);
        let is_blind = before == Some(operation) && operation != Operation::Query;
        assert!(!is_blind, "{operation:?} of {reference} twice without a query between");
        if matches!(operation, Operation::Capture | Operation::Refund) {
            assert!(!settled.contains(&reference), "{operation:?} of {reference} again");
            if request.status != Some(409) {
                settled.insert(reference);
            }
        }
    }
    for reference in last.keys() {
        if let Some(payment) = sandbox.payment(reference) {
            assert!(payment.effective_cancels <= 1);
        }
    }
}

#[test]
fn the_server_accepts_the_credentials_of_the_other_process() {
    let sandbox = Sandbox::start().unwrap();
    let api = Fixture::api(&sandbox.base_url());
    assert_eq!(api.merchant(), sandbox.api().merchant());
}
