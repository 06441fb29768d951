//! From when on a capture is in doubt.

use bambora_core::posting::{PostingKey, PostingOrder};
use bambora_core::{Amount, BaseUrl, Merchant, MerchantNumber};
use tempfile::TempDir;

use super::{Conclusion, Doubt, Journal, JournalError, JournalOptions, Record, StartedRow, Status, Taken};

fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

/// A journal with one capture.
fn journal(folder: &TempDir) -> Journal {
    let journal = Journal::open(folder.path().join("journal"), &merchant()).unwrap();
    let key = PostingKey::new("INVOICE-7").unwrap();
    let order = PostingOrder::capture("ORDER-1".parse().unwrap(), Amount::from(5), key);
    journal.add_orders(vec![order.into()]).wait().unwrap();
    journal
}

fn claim(journal: &Journal) -> Taken {
    let run = journal.begin_run().wait().unwrap();
    let mut claimed = journal.claim_by(run, 9, Doubt::FromCheckpoint).wait().unwrap();
    claimed.extend(journal.claim_started_by(run, 9, Doubt::FromCheckpoint).wait().unwrap());
    claimed.remove(0)
}

fn store(journal: &Journal, taken: &Taken) {
    journal.store_checkpoint(StartedRow::from(taken), "where it stands".to_owned()).wait().unwrap();
}

#[test]
fn a_capture_is_in_doubt_once_its_checkpoint_is_stored() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    for _ in 0..3 {
        let taken = claim(&journal);
        assert!(!taken.is_in_doubt() && taken.checkpoint().is_none());
    }
    store(&journal, &claim(&journal));
    for _ in 0..3 {
        assert_eq!(claim(&journal).checkpoint(), Some("where it stands"));
    }
}

#[test]
fn a_capture_that_was_given_back_waits_without_a_checkpoint() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    journal.release(vec![claim(&journal)]).wait().unwrap();
    assert_eq!(journal.rows(&[Status::Waiting]).next().unwrap().unwrap().checkpoint, None);
    let taken = claim(&journal);
    store(&journal, &taken);
    journal.record(taken, Record::new(Conclusion::NotSent)).wait().unwrap();
    assert!(!claim(&journal).is_in_doubt());
    // Given back in doubt, it stays so.
    store(&journal, &claim(&journal));
    journal.release(vec![claim(&journal)]).wait().unwrap();
    assert!(claim(&journal).is_in_doubt());
}

#[test]
fn a_capture_without_a_checkpoint_is_in_doubt_if_anybody_may_have_sent_it() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    drop(claim(&journal));
    let run = journal.begin_run().wait().unwrap();
    // This caller stores nothing before it sends.
    assert!(!journal.claim_in_doubt(run, 9).wait().unwrap().remove(0).is_in_doubt());
    let taken = claim(&journal);
    assert!(taken.is_in_doubt());
    assert!(taken.resume_posting_from(&merchant()).is_some());
    let unknown = Conclusion::Unknown { checkpoint: None, stuck: false };
    journal.record(taken, Record::new(unknown)).wait().unwrap();
    assert!(claim(&journal).is_in_doubt());
}

#[test]
fn a_copy_does_not_know_what_was_sent() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    drop(claim(&journal));
    journal.close().wait().unwrap();
    let [path, copy] = ["journal", "copy"].map(|name| folder.path().join(name));
    std::fs::copy(path, &copy).unwrap();
    let copy = JournalOptions::new().owner(&merchant()).adopt(true).open(copy).unwrap();
    assert!(claim(&copy).is_in_doubt());
}

#[test]
fn a_checkpoint_is_stored_in_a_started_row_only() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    let taken = claim(&journal);
    let row = StartedRow::from(&taken);
    journal.record(taken, Record::new(Conclusion::Refused)).wait().unwrap();
    assert!(matches!(journal.store_checkpoint(row, "late".to_owned()).wait(), Err(JournalError::NotStarted { .. })));
}
