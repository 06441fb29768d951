//! kill -9 at any moment of runs against a server with every fault.

use std::collections::BTreeMap;

use bambora_batch::{Journal, Status};
use bambora_core::PaymentState;
use bambora_sandbox::{Operation, Sandbox};

use super::child::Process;
use super::fixture::Fixture;
use super::temporary::{Folder, references};

/// 15 kills over 400 payments; `BAMBORA_BATCH_KILLS=200` for 200 over 20,000.
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
fn the_journal_equals_the_ledger_and_no_cancel_was_repeated_blindly() {
    let (kills, payments) = setting();
    let sandbox = Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap();
    for (number, reference) in references(payments).iter().enumerate() {
        match number % 40 {
            13 => sandbox.insert(reference.as_str(), PaymentState::Captured),
            26 => {}
            _ => sandbox.authorize(reference.as_str()),
        }
    }
    sandbox.random_faults(11, 300);
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let merchant = sandbox.api().merchant().clone();
    let open = || Journal::open(&path, &merchant).unwrap();
    open().add(references(payments)).wait().unwrap();

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
        lines_until_kill = (kill * 7_919 + 13) % (2 * payments / kills).max(2);
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
    check_rows(&open(), &sandbox, payments, &told);
    check_requests(&sandbox);
    println!("{kills} kills, {} requests", sandbox.requests().len());
}

/// A payment that a crash left in doubt, and that the server does not know, stays in doubt: nobody knows more.
fn is_finished(journal: &Journal, sandbox: &Sandbox) -> bool {
    let mut open = journal.rows(&[Status::Waiting, Status::Started]);
    open.all(|row| sandbox.payment(row.unwrap().reference.as_str()).is_none())
}

/// A payment that was told to be canceled or refused is told nothing else.
fn note(line: Option<String>, told: &mut BTreeMap<String, String>) {
    let line = line.unwrap_or_default();
    let Some((status @ ("canceled" | "refused"), reference)) = line.split_once(' ') else {
        return;
    };
    let before = told.insert(reference.to_owned(), status.to_owned());
    assert!(before.is_none(), "{reference}: {before:?}, then {status}");
}

fn check_rows(journal: &Journal, sandbox: &Sandbox, payments: usize, told: &BTreeMap<String, String>) {
    let mut rows = 0;
    for row in journal.rows(&Status::ALL) {
        let row = row.unwrap();
        let reference = row.reference.as_str();
        let expected = match sandbox.is_canceled(reference) {
            true => Status::Canceled,
            false => Status::Refused,
        };
        match sandbox.payment(reference) {
            Some(_) => assert_eq!(row.status, expected, "{row:?}"),
            None => assert_ne!(row.status, Status::Canceled, "{row:?}"),
        }
        if let Some(told) = told.get(reference) {
            assert_eq!(told, row.status.as_str(), "{reference}");
        }
        rows += 1;
    }
    assert_eq!(rows, payments);
}

/// Between two cancel requests for a payment there is a query, and none of them has an effect after another.
fn check_requests(sandbox: &Sandbox) {
    assert_eq!(sandbox.dropped_requests(), 0);
    let mut last: BTreeMap<String, Operation> = BTreeMap::new();
    for request in sandbox.requests() {
        let (operation, reference) = request.operation.unwrap();
        let before = last.insert(reference.clone(), operation);
        assert!(
            (before, operation) != (Some(Operation::Cancel), Operation::Cancel),
            "{reference} was canceled twice without a query between"
        );
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
