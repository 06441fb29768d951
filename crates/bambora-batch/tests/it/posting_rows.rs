//! What can become of the row of a capture or refund, and what cannot.

use bambora_batch::{Conclusion, JournalError, Order, Record, Status, Take, Taken};
use bambora_core::posting::{PostingCheckpoint, PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, BaseUrl, Merchant, MerchantNumber};

use super::mixed::posting;
use super::temporary::{Folder, adopt, merchant, open, reference};

fn capture(amount: u32, key: &str) -> Order {
    posting(PostingKind::Capture, "ORDER-0", amount, key).into()
}

fn captured() -> Record {
    Record::new(Conclusion::Captured { confirmation: "response".to_owned() })
}

#[test]
fn payment_operation_and_key_are_a_rows_identity() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let refund = posting(PostingKind::Refund, "ORDER-0", 5, "I-1");
    let orders =
        vec![capture(5, "I-1"), capture(5, "I-2"), refund.into(), reference("ORDER-0").into(), capture(5, "I-1")];
    let added = journal.add_orders(orders.clone()).wait().unwrap();
    assert_eq!((added.added, added.duplicates), (3, 2));
    for order in orders {
        assert_eq!(journal.find_order(order.clone()).wait().unwrap().unwrap().order, order);
    }
    let operations = journal.rows(&Status::ALL).map(|row| row.unwrap().order.operation());
    let operations: Vec<_> = operations.map(|operation| format!("{operation:>8}")).collect();
    assert_eq!(operations, ["  cancel", " capture", " capture", "  refund"]);
}

#[test]
fn a_key_with_another_amount_is_an_error_and_adds_nothing() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    journal.add_orders(vec![capture(5, "I-1")]).wait().unwrap();
    let error = journal.add_orders(vec![capture(7, "I-2"), capture(6, "I-1")]).wait().unwrap_err();
    assert!(matches!(error, JournalError::KeyUsed { .. }));
    assert!(error.to_string().contains("this key for 5 minor units"), "{error}");
    assert!(error.to_string().contains("capture of 6 minor units of ORDER-0 by key I-1"), "{error}");
    let error = journal.take_order(capture(6, "I-1")).wait().unwrap_err();
    assert!(matches!(error, JournalError::KeyUsed { .. }));
    assert_eq!(journal.counts().wait().unwrap().total(), 1);
    // The journal goes on.
    assert_eq!(journal.add_orders(vec![capture(7, "I-2")]).wait().unwrap().added, 1);
}

#[test]
fn a_terminal_row_never_reopens() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let order = capture(5, "I-1");
    journal.add_orders(vec![order.clone()]).wait().unwrap();
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    assert_eq!(taken.order(), &order);
    journal.record(taken, captured()).wait().unwrap();
    let row = journal.find_order(order.clone()).wait().unwrap().unwrap();
    assert_eq!((row.status, row.confirmation.as_deref()), (Status::Captured, Some("response")));
    assert!(row.message.starts_with("the capture of 5 minor units of ORDER-0"), "{}", row.message);

    assert_eq!(journal.add_orders(vec![order.clone()]).wait().unwrap().duplicates, 1);
    let next = journal.begin_run().wait().unwrap();
    assert!(journal.claim(next, 9).wait().unwrap().is_empty());
    assert!(journal.claim_in_doubt(next, 9).wait().unwrap().is_empty());
    assert!(matches!(journal.take_order(order).wait().unwrap(), Take::Finished(finished) if *finished == row));
}

#[test]
fn the_outcome_of_another_operation_is_an_error_and_changes_nothing() {
    let folder = Folder::new();
    // Two of each, since records that are alike are written together.
    let journal = folder.journal(2);
    let captures = ["ORDER-2", "ORDER-3"].map(|reference| posting(PostingKind::Capture, reference, 5, "I-1").into());
    journal.add_orders(captures.into()).wait().unwrap();
    let run = journal.begin_run().wait().unwrap();
    let records = journal.claim(run, 4).wait().unwrap().into_iter().map(|taken| (taken, captured())).collect();
    let results = journal.record_all(records).wait().unwrap();
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    let [error @ JournalError::OtherOperation { .. }, JournalError::OtherOperation { .. }] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert!(error.to_string().contains("the cancel of ORDER-0 cannot be recorded as captured"), "{error}");
    let counts = journal.counts().wait().unwrap();
    assert_eq!((counts.of(Status::Captured), counts.of(Status::Started)), (2, 2));
}

/// A caller who takes a capture without the runner may send it at once.
#[test]
fn a_capture_that_was_taken_is_in_doubt_for_the_next_run() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let (first, second) = (capture(5, "I-1"), capture(5, "I-2"));
    journal.add_orders(vec![second.clone()]).wait().unwrap();
    let run = journal.begin_run().wait().unwrap();
    let claimed = journal.claim(run, 9).wait().unwrap();
    let Take::Taken(taken) = journal.take_order(first.clone()).wait().unwrap() else {
        panic!("not taken");
    };
    for taken in [&claimed[0], &taken] {
        assert!(!taken.is_in_doubt() && taken.resume_posting_from(&merchant()).is_none());
    }
    drop((claimed, taken));
    let run = journal.begin_run().wait().unwrap();
    let claimed = journal.claim_in_doubt(run, 9).wait().unwrap();
    let resumed: Vec<Order> =
        claimed.iter().map(|taken| taken.resume_posting_from(&merchant()).unwrap().order().clone().into()).collect();
    assert_eq!(resumed, [second, first]);
    assert!(claimed.iter().all(Taken::is_in_doubt));
    assert!(claimed.iter().all(|taken| taken.resume_from(&merchant()).is_none()));

    // One for which nothing was sent is given back, and waits.
    let taken = claimed.into_iter().next().unwrap();
    journal.record(taken, Record::new(Conclusion::NotSent)).wait().unwrap();
    let run = journal.begin_run().wait().unwrap();
    assert!(!journal.claim(run, 9).wait().unwrap()[0].is_in_doubt());
}

#[test]
fn a_checkpoint_of_another_capture_is_not_resumed_from() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let order = PostingOrder::capture(reference("ORDER-0"), Amount::from(5), PostingKey::new("I-1").unwrap());
    let mut next = order.clone();
    next.key = PostingKey::new("I-2").unwrap();
    let other = Merchant::new(BaseUrl::beta(), MerchantNumber::new("987654321").unwrap());
    for (checkpoint, posts) in [
        (PostingCheckpoint::new(merchant(), order.clone(), 3), 3),
        (PostingCheckpoint::new(merchant(), next, 3), 1),
        (PostingCheckpoint::new(other, order.clone(), 3), 1),
    ] {
        let take = || match journal.take_order(order.clone().into()).wait().unwrap() {
            Take::Taken(taken) => taken,
            other => panic!("{other:?}"),
        };
        let unknown = Conclusion::Unknown { checkpoint: Some(checkpoint.to_string()), stuck: false };
        journal.record(take(), Record::new(unknown)).wait().unwrap();
        let resumed = take().resume_posting_from(&merchant()).unwrap();
        assert_eq!((resumed.merchant(), resumed.order(), resumed.posts()), (&merchant(), &order, posts));
    }
}

#[test]
fn whatever_waits_in_a_copy_is_in_doubt() {
    let folder = Folder::new();
    let (path, copy) = (folder.join("night.journal"), folder.join("copy.journal"));
    let journal = folder.journal(1);
    journal.add_orders(vec![capture(5, "I-1")]).wait().unwrap();
    journal.close().wait().unwrap();
    std::fs::copy(&path, &copy).unwrap();
    assert!(matches!(open(&copy), Err(JournalError::Copied { .. })));
    let journal = adopt(&copy).unwrap();
    let run = journal.begin_run().wait().unwrap();
    let claimed = journal.claim_in_doubt(run, 9).wait().unwrap();
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(Taken::is_in_doubt));
}
