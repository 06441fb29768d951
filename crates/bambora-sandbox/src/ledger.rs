//! All payments of a sandbox, and the changes to them that are still to come.

use std::collections::HashMap;

use bambora_core::PaymentState;

use crate::fault::Effect;
use crate::operation::Operation;
use crate::payment_record::{Change, PaymentRecord};

/// The most that requests can make the ledger hold, in bytes.
const MAX_STORED_BYTES: usize = 64 * 1024 * 1024;
/// The most postings and pending changes of one payment.
const MAX_CHANGES: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// In the order in which they were made.
    records: Vec<PaymentRecord>,
    positions: HashMap<String, usize>,
    pending: HashMap<String, Vec<Pending>>,
    /// An estimate of what requests made the ledger hold.
    stored_bytes: usize,
}

/// A change that takes effect after a number of further requests.
#[derive(Debug)]
struct Pending {
    requests_left: u32,
    /// Whether the payment shows an operation in progress meanwhile. Only queries count then.
    in_progress: bool,
    /// `None` if the operation fails in the end.
    change: Option<Change>,
}

impl Ledger {
    pub(crate) fn insert(&mut self, record: PaymentRecord) {
        self.pending.remove(&record.reference);
        self.put(record);
    }

    /// Inserts a payment on behalf of a request. Returns `None` if the ledger is full.
    pub(crate) fn insert_within_limits(&mut self, record: PaymentRecord) -> Option<()> {
        if self.get(&record.reference).is_none() {
            self.reserve(&record.reference.clone(), &Change::Authorize(record.clone()))?;
        }
        self.insert(record);
        Some(())
    }

    pub(crate) fn get(&self, reference: &str) -> Option<&PaymentRecord> {
        self.records.get(*self.positions.get(reference)?)
    }

    pub(crate) fn get_mut(&mut self, reference: &str) -> Option<&mut PaymentRecord> {
        self.records.get_mut(*self.positions.get(reference)?)
    }

    /// Returns all payments in the order in which they were made. One that was replaced keeps its place.
    pub(crate) fn records(&self) -> &[PaymentRecord] {
        &self.records
    }

    fn put(&mut self, record: PaymentRecord) {
        if let Some(existing) = self.get_mut(&record.reference) {
            *existing = record;
        } else {
            self.positions.insert(record.reference.clone(), self.records.len());
            self.records.push(record);
        }
    }

    /// Lets pending changes of the payment move on, since a request for it arrived. Returns how many took effect.
    pub(crate) fn tick(&mut self, reference: &str, operation: Operation) -> usize {
        let Some(pending) = self.pending.remove(reference) else {
            return 0;
        };
        let mut effects = 0;
        let (due, rest): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .map(|mut pending| {
                if !pending.in_progress || operation == Operation::Query {
                    pending.requests_left = pending.requests_left.saturating_sub(1);
                }
                pending
            })
            .partition(|pending| pending.requests_left == 0);
        if !rest.is_empty() {
            self.pending.insert(reference.to_owned(), rest);
        }
        for pending in due {
            if let Some(change) = pending.change {
                effects += usize::from(self.apply(reference, change));
            }
            if let (true, Some(record)) = (pending.in_progress, self.get_mut(reference)) {
                record.operation_in_progress = false;
            }
        }
        effects
    }

    /// Begins `change` in the way that `effect` says. Returns whether it took effect at once, or `None` if the ledger is full.
    pub(crate) fn begin(&mut self, reference: &str, change: Change, effect: Effect) -> Option<bool> {
        if effect == Effect::Skip {
            return Some(false);
        }
        self.reserve(reference, &change)?;
        match effect {
            Effect::Apply | Effect::Skip => return Some(self.apply(reference, change)),
            Effect::Late(requests) => {
                self.schedule(reference, requests.max(1), false, Some(change));
            }
            Effect::Progress(queries) => self.start(reference, queries, change, true),
            Effect::Fail(queries) => self.start(reference, queries, change, false),
        }
        Some(false)
    }

    pub(crate) fn apply(&mut self, reference: &str, change: Change) -> bool {
        match (self.get_mut(reference), change) {
            (Some(record), Change::Authorize(authorized)) if is_being_authorized(record) => {
                *record = authorized;
                true
            }
            (Some(record), change) => record.apply(change),
            (None, Change::Authorize(authorized)) => {
                self.put(authorized);
                true
            }
            (None, _) => false,
        }
    }

    /// Shows an operation in progress for a number of queries.
    fn start(&mut self, reference: &str, queries: u32, change: Change, succeeds: bool) {
        let end = match change {
            Change::Authorize(mut record) => {
                let mut unfinished = record.clone();
                unfinished.state = PaymentState::None;
                self.put(unfinished);
                if !succeeds {
                    record.state = PaymentState::Declined;
                }
                Some(Change::Authorize(record))
            }
            change => succeeds.then_some(change),
        };
        if let Some(record) = self.get_mut(reference) {
            record.operation_in_progress = true;
        }
        self.schedule(reference, queries.saturating_add(1), true, end);
    }

    fn schedule(&mut self, reference: &str, requests_left: u32, in_progress: bool, change: Option<Change>) {
        let pending = Pending { requests_left, in_progress, change };
        let all = self.pending.entry(reference.to_owned()).or_default();
        all.push(pending);
    }

    /// Takes account of what `change` adds. Returns `None` if that is too much.
    fn reserve(&mut self, reference: &str, change: &Change) -> Option<()> {
        let record = self.get(reference);
        let postings = record.map_or(0, |record| record.captures.len() + record.refunds.len());
        let pending = self.pending.get(reference).map_or(0, Vec::len);
        let comment = |comment: &Option<String>| comment.as_ref().map_or(0, String::len);
        let bytes = match change {
            // A payment is canceled once, and pending cancels are counted above.
            Change::Cancel => 0,
            Change::Capture(posting) | Change::Refund(posting) => 128 + comment(&posting.comment),
            Change::Authorize(record) => 1024 + 4 * reference.len() + comment(&record.comment),
        };
        let stored = self.stored_bytes + bytes;
        if postings + pending >= MAX_CHANGES || stored > MAX_STORED_BYTES {
            return None;
        }
        self.stored_bytes = stored;
        Some(())
    }
}

fn is_being_authorized(record: &PaymentRecord) -> bool {
    record.operation_in_progress && record.state == PaymentState::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment_record::Posting;

    /// What each of the changes below takes, and how many of them fill the ledger.
    const PART: usize = 65_536;
    const PARTS: usize = 1_024;

    fn authorized(reference: &str, comment: usize) -> PaymentRecord {
        PaymentRecord { comment: Some("x".repeat(comment)), ..PaymentRecord::new(reference, PaymentState::Authorized) }
    }

    fn posting(comment: usize) -> Posting {
        Posting::new(1, Some(&"x".repeat(comment)))
    }

    #[test]
    fn authorizations_fill_the_ledger_up_to_its_limit() {
        let mut ledger = Ledger::default();
        // A kibibyte for a payment, four times the 256 bytes of its reference, and its comment.
        let insert = |ledger: &mut Ledger, number: usize| {
            ledger.insert_within_limits(authorized(&format!("{number:0>256}"), PART - 2 * 1024))
        };
        for number in 0..PARTS {
            assert_eq!(insert(&mut ledger, number), Some(()), "{number}");
        }
        assert_eq!(insert(&mut ledger, PARTS), None);
        assert_eq!(ledger.records().len(), PARTS);
        assert_eq!(insert(&mut ledger, 0), Some(()), "one that is replaced takes no more room");
        let one_more = Change::Capture(Posting::new(1, None));
        assert_eq!(ledger.begin(&"0".repeat(256), one_more, Effect::Apply), None);
    }

    #[test]
    fn postings_fill_the_ledger_up_to_its_limit() {
        let mut ledger = Ledger::default();
        let payments = ["A", "B"].map(|reference| {
            ledger.insert(authorized(reference, 0));
            reference
        });
        let capture = || Change::Capture(posting(PART - 128));
        for number in 0..PARTS {
            let begun = ledger.begin(payments[number % 2], capture(), Effect::Late(1));
            assert_eq!(begun, Some(false), "{number}");
        }
        assert_eq!(ledger.begin("A", capture(), Effect::Late(1)), None);
        assert_eq!(ledger.begin("A", capture(), Effect::Skip), Some(false), "what has no effect takes no room");
        assert_eq!(ledger.begin("A", Change::Cancel, Effect::Apply), Some(true), "a cancel takes no room");
    }

    #[test]
    fn captures_refunds_and_pending_changes_of_a_payment_count_together() {
        let mut ledger = Ledger::default();
        // One unit stays captured, so that the payment is never refunded as a whole.
        let captures = vec![Posting::new(1, None)];
        ledger.insert(PaymentRecord { amount: 1_000, captures, state: PaymentState::Captured, ..authorized("A", 0) });
        assert_eq!(ledger.begin("A", Change::Refund(posting(0)), Effect::Late(9)), Some(false));
        for _ in 0..250 {
            assert_eq!(ledger.begin("A", Change::Capture(posting(0)), Effect::Apply), Some(true));
            assert_eq!(ledger.begin("A", Change::Refund(posting(0)), Effect::Apply), Some(true));
        }
        for _ in 2..500 {
            assert_eq!(ledger.begin("A", Change::Capture(posting(0)), Effect::Late(9)), Some(false));
        }
        assert_eq!(ledger.begin("A", Change::Capture(posting(0)), Effect::Apply), None);
        assert_eq!(ledger.begin("A", Change::Capture(posting(0)), Effect::Late(9)), None);
        ledger.insert(authorized("B", 0));
        assert_eq!(ledger.begin("B", Change::Capture(posting(0)), Effect::Apply), Some(true));
    }
}
