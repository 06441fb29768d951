//! Lists of captures and refunds.

use std::io::Read as _;

use bambora_batch::{ImportError, InputError, InvalidLines, Order, OrderEntry, PostingColumns, Postings, Status};
use bambora_core::posting::PostingKind;
use proptest::prelude::*;

use super::mixed::posting;
use super::temporary::Folder;

fn captures(list: &str) -> Postings<&[u8]> {
    Postings::new(list.as_bytes(), PostingKind::Capture, &PostingColumns::default()).unwrap()
}

/// Each order with its line, or the beginning of why there is none.
fn texts(list: &str) -> Vec<(u64, String)> {
    captures(list)
        .map(Result::unwrap)
        .map(|OrderEntry { line, order, .. }| {
            let text = order.map_or_else(|error| format!("! {error}"), |order| order.to_string());
            (line, text)
        })
        .collect()
}

#[test]
fn a_list_with_everything_that_csv_has() {
    let list = "\u{feff}key,note,reference,amount\r\n\"I,1\",x,A,1000\r\n\r\n\"say \"\"2\"\"\",\"one, line\",ä b,0\r\nI-3,,A,7";
    let found = texts(list);
    let expected = [
        (2, "capture of 1000 minor units of A by key I,1"),
        (4, "capture of 0 minor units of ä b by key say \"2\""),
        (5, "capture of 7 minor units of A by key I-3"),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn what_is_invalid_is_told_with_its_line_and_its_reason() {
    let list = "reference,amount,key\nA,10.00,I\nA,-5,I\nA,+5,I\nA,,I\nA,9223372036854775808,I\n,5,I\nA,5,\nA,5\nA,5, I\nA,1 000,I\nA,10,00,I\nA,1,000,I,\n";
    let expected = [
        "! the amount is not a whole number",
        "! the amount is not a whole number",
        "! the amount is not a whole number",
        "! the amount is not a whole number",
        "! the amount is not a whole number",
        "! the payment reference is empty",
        "! the key is empty",
        "! the record has no value in the column \"key\"",
        "! the key begins or ends with blanks",
        "! the amount is not a whole number",
        "! the record has 4 values for 3 columns",
        "! the record has 5 values for 3 columns",
    ];
    for ((line, found), (number, expected)) in texts(list).into_iter().zip((2..).zip(expected)) {
        assert_eq!(line, number);
        assert!(found.starts_with(expected), "{line}: {found}");
    }
    let nothing = "reference,amount,key\nA,0,I\nA,1,I\n";
    let refunds = Postings::new(nothing.as_bytes(), PostingKind::Refund, &PostingColumns::default()).unwrap();
    let refunds: Vec<_> = refunds.map(|entry| entry.unwrap().order).collect();
    let error = refunds[0].as_ref().unwrap_err().to_string();
    assert!(error.contains("refunds 1 minor currency unit or more") && refunds[1].is_ok(), "{error}");
    let not_utf8 = b"reference,amount,key\nA,5,\xff\n";
    let mut list = Postings::new(&not_utf8[..], PostingKind::Refund, &PostingColumns::default()).unwrap();
    let error = list.next().unwrap().unwrap().order.unwrap_err();
    assert!(error.to_string().contains("not UTF-8"), "{error}");
}

#[test]
fn columns_have_the_names_that_they_are_given() {
    let list = "order;cents;invoice\nA;5;I\n";
    let columns = PostingColumns::default().reference("order").amount("cents").key("invoice").delimiter(b';');
    let mut refunds = Postings::new(list.as_bytes(), PostingKind::Refund, &columns).unwrap();
    let order = refunds.next().unwrap().unwrap().order.unwrap();
    assert_eq!(order, Order::from(posting(PostingKind::Refund, "A", 5, "I")));
    assert!(refunds.next().is_none());

    let error = Postings::new(list.as_bytes(), PostingKind::Refund, &columns.key("Invoice")).unwrap_err();
    assert!(error.to_string().contains("no column \"Invoice\", only [\"order\", \"cents\", \"invoice\"]"), "{error}");
    let utf_16 = Postings::new(&b"\xff\xfer\0"[..], PostingKind::Refund, &PostingColumns::default());
    assert!(matches!(utf_16, Err(InputError::Utf16)));
}

#[test]
fn a_list_is_added_whole_and_counted() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let list = "reference,amount,key\nORDER-0,5,I-1\nORDER-0,5,I-2\n A,5,I-1\nORDER-0,5,I-1\n";
    let imported = journal.import(captures(list), InvalidLines::Refuse).unwrap();
    assert_eq!((imported.added, imported.duplicates), (3, 1));
    assert_eq!(imported.outer_blank_lines, [4]);
    // The cancel of the payment is another row, and so is a refund by the same key.
    let refunds = Postings::new(list.as_bytes(), PostingKind::Refund, &PostingColumns::default()).unwrap();
    let imported = journal.import(refunds, InvalidLines::Refuse).unwrap();
    assert_eq!((imported.added, imported.duplicates), (3, 1));
    let again = journal.import(captures(list), InvalidLines::Refuse).unwrap();
    assert_eq!((again.added, again.duplicates), (0, 4));
    assert_eq!(journal.counts().wait().unwrap().of(Status::Waiting), 7);
}

#[test]
fn a_key_with_another_amount_is_an_invalid_line_and_says_which() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let first = "reference,amount,key\nA,5,I-1\n";
    journal.import(captures(first), InvalidLines::Refuse).unwrap();

    let list = "reference,amount,key\nA,6,I-1\nB,5,I-1\nB,x,I-2\nB,7,I-1\nA,5,I-1\nB,8,I-1\nB,5,I-1\n";
    let error = journal.import(captures(list), InvalidLines::Refuse).unwrap_err();
    let ImportError::InvalidLines(imported) = &error else {
        panic!("{error}");
    };
    let told: Vec<_> = imported.invalid_lines.iter().map(|(line, error)| format!("{line}: {error}")).collect();
    assert_eq!(imported.invalid, 4);
    assert!(told[0].starts_with("2: the key stands for 5 minor units of this payment in the journal"), "{told:?}");
    assert!(told[1].starts_with("4: the amount"), "{told:?}");
    assert!(told[2].starts_with("5: the key stands for 5 minor units of this payment on line 3"), "{told:?}");
    assert!(told[3].starts_with("7: the key stands for 5 minor units of this payment on line 3"), "{told:?}");
    assert_eq!(journal.counts().wait().unwrap().total(), 1);

    let imported = journal.import(captures(list), InvalidLines::Skip).unwrap();
    assert_eq!((imported.added, imported.duplicates, imported.invalid), (1, 2, 4));
    let rows = journal.page(&Status::ALL, 0, 10).wait().unwrap();
    let orders: Vec<_> = rows.into_iter().map(|row| row.order).collect();
    assert_eq!(orders, ["A", "B"].map(|payment| posting(PostingKind::Capture, payment, 5, "I-1").into()));
}

#[test]
fn a_long_list_is_added_like_a_short_one() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let rows =
        |amount: u32| (0..60_000).map(move |number| format!("ORDER-{number},{amount},I-1\nORDER-{number},9,I-2\n"));
    let header = ["reference,amount,key\n".to_owned()];
    let list: String = header.clone().into_iter().chain(rows(5)).chain(rows(5).take(1_000)).collect();
    let imported = journal.import(captures(&list), InvalidLines::Refuse).unwrap();
    assert_eq!((imported.added, imported.duplicates), (120_000, 2_000));

    let list: String = header.into_iter().chain(rows(6)).collect();
    let imported = journal.import(captures(&list), InvalidLines::Skip).unwrap();
    assert_eq!((imported.added, imported.duplicates, imported.invalid), (0, 60_000, 60_000));
    assert_eq!(imported.invalid_lines.len(), 100);
    assert_eq!(journal.counts().wait().unwrap().total(), 120_000);
}

#[test]
fn a_list_without_end_is_read_as_it_comes() {
    let list = b"reference,amount,key\n".chain(std::io::repeat(b'\n'));
    let mut list = Postings::new(list, PostingKind::Capture, &PostingColumns::default()).unwrap();
    // Blank lines are no records: a mebibyte of them is one that does not end.
    assert!(matches!(list.next(), Some(Err(InputError::EndlessRecord { .. }))));
    assert!(list.next().is_none());
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_reading_ends(list in any::<Vec<u8>>()) {
        let list = [b"reference,amount,key\n", list.as_slice()].concat();
        let breaks = list.iter().filter(|byte| **byte == b'\n').count();
        let postings = Postings::new(list.as_slice(), PostingKind::Capture, &PostingColumns::default()).unwrap();
        prop_assert!(postings.filter(Result::is_ok).count() <= breaks);
    }
}
