//! A payment as it truly stands, and what can change it.

use bambora_core::PaymentState;
use serde_json::Value;

/// A capture or a refund that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Posting {
    /// The amount in minor currency units.
    pub amount: i64,
    /// The comment of the request.
    pub comment: Option<String>,
}

impl Posting {
    /// Creates a posting, for tests to compare with.
    #[must_use]
    pub fn new(amount: i64, comment: Option<&str>) -> Self {
        Self { amount, comment: comment.map(str::to_owned) }
    }
}

/// A payment as the sandbox holds it: the truth, for tests to compare claims with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PaymentRecord {
    /// The merchant's reference.
    pub reference: String,
    /// The state, as the API shows it.
    pub state: PaymentState,
    /// The currency, as in ISO 4217.
    pub currency: String,
    /// The authorized amount in minor currency units.
    pub amount: i64,
    /// The merchant's own note.
    pub comment: Option<String>,
    /// The captures that took effect, the oldest first.
    pub captures: Vec<Posting>,
    /// The refunds that took effect, the oldest first.
    pub refunds: Vec<Posting>,
    /// Whether an operation is being carried out on the payment.
    pub operation_in_progress: bool,
    /// Whether the payment was canceled in the web back office, which the API does not show.
    pub canceled_in_back_office: bool,
    /// The number of cancel requests that had an effect. It is at most 1: the state forbids more.
    pub effective_cancels: u32,
    pub(crate) card: Option<Value>,
}

/// What a request does to a payment when it takes effect.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Authorize(PaymentRecord),
    Cancel,
    Capture(Posting),
    Refund(Posting),
}

impl PaymentRecord {
    /// Creates a payment of 100 minor units of EUR.
    pub(crate) fn new(reference: &str, state: PaymentState) -> Self {
        let mut record = Self {
            reference: reference.to_owned(),
            state: PaymentState::None,
            currency: "EUR".to_owned(),
            amount: 100,
            comment: None,
            captures: Vec::new(),
            refunds: Vec::new(),
            operation_in_progress: false,
            canceled_in_back_office: false,
            effective_cancels: 0,
            card: None,
        };
        record.set_state(state);
        record
    }

    /// Returns `true` if the reserved amount was released, in whatever way.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.state == PaymentState::Canceled || self.canceled_in_back_office
    }

    /// Returns the sum of all captures in minor currency units.
    #[must_use]
    pub fn captured(&self) -> i64 {
        sum(&self.captures)
    }

    /// Returns the sum of all refunds in minor currency units.
    #[must_use]
    pub fn refunded(&self) -> i64 {
        sum(&self.refunds)
    }

    fn left_to_capture(&self) -> i64 {
        if self.canceled_in_back_office { 0 } else { self.amount.saturating_sub(self.captured()) }
    }

    fn left_to_refund(&self) -> i64 {
        self.captured().saturating_sub(self.refunded())
    }

    /// Returns the operations that the state allows, as the payment object names them.
    pub(crate) fn operations(&self) -> &'static [&'static str] {
        let (capture, refund) = (self.left_to_capture() > 0, self.left_to_refund() > 0);
        match (&self.state, capture, refund) {
            (PaymentState::Authorized, ..) => &["Cancel", "Capture"],
            (PaymentState::Captured, true, true) => &["Capture", "Refund"],
            (PaymentState::Captured, true, false) => &["Capture"],
            (PaymentState::Captured | PaymentState::Settled, _, true) => &["Refund"],
            _ => &[],
        }
    }

    /// Returns the documented problem with `change`, if any: its status, its name and a detail.
    pub(crate) fn problem_with(&self, change: &Change) -> Option<(u16, &'static str, String)> {
        let (operation, problem, amount, left) = match change {
            Change::Authorize(_) => ("Authorize", "", 0, 0),
            Change::Cancel => ("Cancel", "", 0, 0),
            Change::Capture(posting) => ("Capture", "cannot_capture", posting.amount, self.left_to_capture()),
            Change::Refund(posting) => ("Refund", "cannot_refund", posting.amount, self.left_to_refund()),
        };
        if !self.operations().contains(&operation) {
            let detail = format!("The payment is in state {}.", self.state.as_str());
            return Some((422, "invalid_payment_state_transition", detail));
        }
        (amount > left).then(|| (402, problem, format!("Only {left} is left for this operation.")))
    }

    /// Makes `change` if nothing stands in its way. Returns `true` if it was made.
    pub(crate) fn apply(&mut self, change: Change) -> bool {
        if self.problem_with(&change).is_some() {
            return false;
        }
        match change {
            Change::Authorize(_) => {}
            Change::Cancel => {
                self.state = PaymentState::Canceled;
                self.effective_cancels += 1;
            }
            Change::Capture(posting) => {
                self.captures.push(posting);
                self.state = PaymentState::Captured;
            }
            Change::Refund(posting) => {
                self.refunds.push(posting);
                if self.left_to_refund() == 0 {
                    self.state = PaymentState::Refunded;
                }
            }
        }
        true
    }

    /// Puts the payment into `state`, with the postings that it takes to get there.
    pub(crate) fn set_state(&mut self, state: PaymentState) {
        use PaymentState::{Captured, Refunded, Settled};
        if matches!(state, Captured | Settled | Refunded) && self.captures.is_empty() {
            self.captures.push(Posting::new(self.amount, None));
        }
        if state == Refunded && self.left_to_refund() > 0 {
            self.refunds.push(Posting::new(self.left_to_refund(), None));
        }
        self.state = state;
    }
}

fn sum(postings: &[Posting]) -> i64 {
    postings.iter().fold(0, |sum, posting| sum.saturating_add(posting.amount))
}
