//! The payments: how they truly stand, and how the API shows them.

use std::collections::HashMap;

use bambora_core::PaymentState;

use crate::{Effect, Operation};

/// A payment as the sandbox holds it: the truth, for tests to compare claims with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PaymentRecord {
    /// The merchant's reference.
    pub reference: String,
    /// How the payment stands, as the API shows it.
    pub state: PaymentState,
    /// ISO 4217.
    pub currency: String,
    /// In minor currency units.
    pub amount: i64,
    /// The merchant's own note.
    pub comment: Option<String>,
    /// Whether it was canceled in the web back office, which the API does not show.
    pub canceled_in_back_office: bool,
    /// How many cancel requests had an effect. More than 1 can never be: the state forbids it.
    pub effective_cancels: u32,
    pub(crate) in_progress: Option<InProgress>,
    /// Cancel requests whose effect comes after so many further requests.
    pub(crate) late: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InProgress {
    queries_left: u32,
    succeeds: bool,
}

impl PaymentRecord {
    pub(crate) fn new(reference: &str, state: PaymentState) -> Self {
        Self {
            reference: reference.to_owned(),
            state,
            currency: "EUR".to_owned(),
            amount: 100,
            comment: None,
            canceled_in_back_office: false,
            effective_cancels: 0,
            in_progress: None,
            late: Vec::new(),
        }
    }

    /// Whether the reserved amount was released, by whatever way.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.state == PaymentState::Canceled || self.canceled_in_back_office
    }

    /// Whether an operation is being carried out on it.
    #[must_use]
    pub fn operation_in_progress(&self) -> bool {
        self.in_progress.is_some()
    }

    fn cancel(&mut self) {
        if self.state == PaymentState::Authorized {
            self.state = PaymentState::Canceled;
            self.effective_cancels += 1;
        }
    }

    /// A request for this payment came in: what was to happen after it moves on.
    fn tick(&mut self, operation: Operation) {
        for left in &mut self.late {
            *left = left.saturating_sub(1);
        }
        let due = self.late.iter().filter(|left| **left == 0).count();
        self.late.retain(|left| *left > 0);
        for _ in 0..due {
            self.cancel();
        }
        if operation != Operation::Query {
            return;
        }
        if let Some(progress) = &mut self.in_progress {
            if progress.queries_left > 0 {
                progress.queries_left -= 1;
                return;
            }
            let succeeds = progress.succeeds;
            self.in_progress = None;
            if succeeds {
                self.cancel();
            }
        }
    }
}

/// All payments of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    payments: HashMap<String, PaymentRecord>,
}

impl Ledger {
    pub(crate) fn insert(&mut self, record: PaymentRecord) {
        self.payments.insert(record.reference.clone(), record);
    }

    pub(crate) fn get(&self, reference: &str) -> Option<&PaymentRecord> {
        self.payments.get(reference)
    }

    pub(crate) fn get_mut(&mut self, reference: &str) -> Option<&mut PaymentRecord> {
        self.payments.get_mut(reference)
    }

    pub(crate) fn tick(&mut self, reference: &str, operation: Operation) {
        if let Some(record) = self.payments.get_mut(reference) {
            record.tick(operation);
        }
    }

    /// Carries a cancel out, as the fault has it. The state was checked before. Says whether anything happened now.
    pub(crate) fn cancel(&mut self, reference: &str, effect: Effect) -> bool {
        let Some(record) = self.payments.get_mut(reference) else {
            return false;
        };
        let in_progress = |queries_left, succeeds| {
            Some(InProgress {
                queries_left,
                succeeds,
            })
        };
        match effect {
            Effect::Apply => record.cancel(),
            Effect::Skip => {}
            Effect::Late(requests) => record.late.push(requests.max(1)),
            Effect::Progress(queries) => record.in_progress = in_progress(queries, true),
            Effect::Fail(queries) => record.in_progress = in_progress(queries, false),
        }
        effect == Effect::Apply
    }
}
