//! Cancels, captures and refunds in one journal.

use bambora_batch::{Journal, Order, Row, Status};
use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentState};
use bambora_sandbox::Sandbox;

use super::temporary::reference;

pub(crate) const AMOUNT: u32 = 100;

/// What each payment has room for: three postings, so that nothing but the key keeps one from being made twice.
const ROOM: i64 = 300;

/// A third each; each capture and refund has a key of its own.
pub(crate) fn orders(count: usize) -> Vec<Order> {
    (0..count).map(order).collect()
}

pub(crate) fn order(number: usize) -> Order {
    let reference = reference(&format!("ORDER-{number}"));
    let kind = match number % 3 {
        0 => return reference.into(),
        1 => PostingKind::Capture,
        _ => PostingKind::Refund,
    };
    posting(kind, reference.as_str(), AMOUNT, &format!("INVOICE-{number}")).into()
}

pub(crate) fn posting(kind: PostingKind, of: &str, amount: u32, key: &str) -> PostingOrder {
    PostingOrder::new(kind, reference(of), Amount::from(amount), PostingKey::new(key).unwrap())
}

/// Makes the payment of an order, which can be carried out.
pub(crate) fn authorize(sandbox: &Sandbox, order: &Order) {
    let reference = order.reference().as_str();
    sandbox.authorize_amount(reference, ROOM, "EUR");
    if let Order::Posting(PostingOrder { kind: PostingKind::Refund, .. }) = order {
        assert!(sandbox.capture(reference, ROOM, Some("the shop's own")));
    }
}

/// Makes the payment of an order, which cannot be carried out.
pub(crate) fn forbid(sandbox: &Sandbox, order: &Order) {
    let state = match order {
        Order::Cancel(_) => PaymentState::Captured,
        _ => PaymentState::Canceled,
    };
    sandbox.insert(order.reference().as_str(), state);
}

/// How many times an order was truly carried out.
pub(crate) fn times(sandbox: &Sandbox, order: &Order) -> usize {
    let reference = order.reference().as_str();
    let postings = match order {
        Order::Cancel(_) => return usize::from(sandbox.is_canceled(reference)),
        Order::Posting(PostingOrder { kind: PostingKind::Capture, .. }) => sandbox.captures(reference),
        _ => sandbox.refunds(reference),
    };
    let key = order.key().unwrap().as_str();
    postings.iter().filter(|posting| posting.comment.as_deref() == Some(key)).count()
}

/// The status that says that an order was carried out.
pub(crate) fn done(order: &Order) -> Status {
    match order {
        Order::Posting(PostingOrder { kind: PostingKind::Capture, .. }) => Status::Captured,
        Order::Posting(PostingOrder { kind: PostingKind::Refund, .. }) => Status::Refunded,
        _ => Status::Canceled,
    }
}

/// No row claims what is not true, and nothing was done twice.
pub(crate) fn check_row(sandbox: &Sandbox, row: &Row) {
    let times = times(sandbox, &row.order);
    assert!(times <= 1, "{times} times: {row:?}");
    match row.status {
        Status::Refused | Status::Waiting => assert_eq!(times, 0, "{row:?}"),
        Status::Started | Status::Stuck => {}
        status => assert_eq!((status, times), (done(&row.order), 1), "{row:?}"),
    }
}

/// Every row is true, and every one has its outcome but captures and refunds in doubt, of which nothing came.
pub(crate) fn check_rows(sandbox: &Sandbox, journal: &Journal) -> usize {
    let mut in_doubt = 0;
    for row in journal.rows(&Status::ALL) {
        let row = row.unwrap();
        check_row(sandbox, &row);
        if !row.status.is_terminal() {
            assert!(row.order.key().is_some() && row.checkpoint.is_some(), "{row:?}");
            assert_eq!(times(sandbox, &row.order), 0, "{row:?}");
            in_doubt += 1;
        }
    }
    in_doubt
}
