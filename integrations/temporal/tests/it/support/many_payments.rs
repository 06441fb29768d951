//! Many payments at once.

use bambora_core::posting::PostingFlow;
use bambora_core::posting::{PostingKind, PostingOrder};
use bambora_core::{CancelFlow, PaymentReference};
use bambora_sandbox::{Fault, Operation, Sandbox};
use bambora_temporal::{DurableFlow, Payments, Phase, Running};
use futures::StreamExt as _;
use temporalio_client::errors::WorkflowQueryError;

use super::fixture::{order, reference};
use super::ledger::{blind_cancels, wrong_cancel, wrong_posting};

/// Cancels, captures and refunds, each of a payment of its own.
pub(crate) struct ManyPayments {
    cancels: Vec<PaymentReference>,
    postings: Vec<PostingOrder>,
}

/// Every fault of the sandbox that tells no lie: an effect and a problem document that denies it are not among them.
const FAULTS: [&str; 40] = [
    "skip-then-drop",
    "apply-then-drop",
    "late:1-then-drop",
    "late:2-then-drop",
    "skip-then-reset",
    "apply-then-reset",
    "late:1-then-reset",
    "progress:1-then-ok",
    "progress:2-then-ok",
    "progress:2-then-drop",
    "fail:1-then-ok",
    "fail:2-then-drop",
    "skip-then-500",
    "apply-then-500",
    "skip-then-502",
    "apply-then-502",
    "skip-then-503",
    "apply-then-503",
    "skip-then-504",
    "apply-then-504",
    "late:1-then-504",
    "skip-then-409",
    "skip-then-429",
    "skip-then-garbage",
    "apply-then-garbage",
    "skip-then-cut",
    "apply-then-cut",
    "skip-then-other",
    "apply-then-other",
    "late:2-then-other",
    "progress:1-then-garbage",
    "fail:1-then-garbage",
    "skip-then-cannot_cancel",
    "skip-then-cannot_capture",
    "skip-then-cannot_refund",
    "skip-then-insufficient_funds",
    "skip-then-payment_not_found",
    "skip-then-payment_operation_blocked",
    "skip-then-invalid_payment_state_transition",
    "apply-then-ok",
];

impl ManyPayments {
    pub(crate) fn new(cancels: usize, postings: usize) -> Self {
        let kind = |number: usize| if number.is_multiple_of(2) { PostingKind::Capture } else { PostingKind::Refund };
        Self {
            cancels: (0..cancels).map(|number| reference(&format!("CANCEL-{number}"))).collect(),
            postings: (0..postings)
                .map(|number| order(kind(number), &format!("POSTING-{number}"), 10, &format!("INVOICE-{number}")))
                .collect(),
        }
    }

    /// Makes the payments: now and then one that cannot be canceled.
    pub(crate) fn authorize(&self, sandbox: &Sandbox) {
        for (number, reference) in self.cancels.iter().enumerate() {
            sandbox.authorize(reference.as_str());
            if number % 20 == 19 {
                assert!(sandbox.capture(reference.as_str(), 100, None));
            }
        }
        for order in &self.postings {
            sandbox.authorize(order.reference.as_str());
            if order.kind == PostingKind::Refund {
                assert!(sandbox.capture(order.reference.as_str(), 100, Some("the shop's own")));
            }
        }
    }

    /// Gives each payment a fault of its own, and every request a chance of another.
    pub(crate) fn trouble(&self, sandbox: &Sandbox) {
        sandbox.random_faults(15, 200);
        let fault = |number: usize| FAULTS[number % FAULTS.len()].parse::<Fault>().unwrap();
        for (number, reference) in self.cancels.iter().enumerate() {
            sandbox.fault(Operation::Cancel, reference.as_str(), fault(number));
        }
        for (number, order) in self.postings.iter().enumerate() {
            let operation = match order.kind {
                PostingKind::Capture => Operation::Capture,
                PostingKind::Refund => Operation::Refund,
            };
            // Both kinds meet every fault.
            sandbox.fault(operation, order.reference.as_str(), fault(number / 2));
        }
    }

    pub(crate) async fn start(&self, payments: &Payments) -> Started {
        let cancels = futures::stream::iter(&self.cancels)
            .map(|reference| async { payments.cancel(reference).await.unwrap() })
            .buffered(16)
            .collect()
            .await;
        let postings = futures::stream::iter(&self.postings)
            .map(|order| async { payments.post(order).await.unwrap() })
            .buffered(16)
            .collect()
            .await;
        Started { cancels, postings }
    }

    /// Returns everything that is wrong at the end.
    pub(crate) async fn wrongs(&self, started: &Started, sandbox: &Sandbox) -> Vec<String> {
        let mut wrongs = blind_cancels(sandbox);
        for (reference, running) in self.cancels.iter().zip(&started.cancels) {
            wrongs.extend(wrong_cancel(sandbox, reference, &claim(running).await));
            if sandbox.payment(reference.as_str()).unwrap().effective_cancels > 1 {
                wrongs.push(format!("{reference} was canceled twice"));
            }
        }
        for (order, running) in self.postings.iter().zip(&started.postings) {
            wrongs.extend(wrong_posting(sandbox, order, &claim(running).await));
        }
        wrongs
    }
}

pub(crate) struct Started {
    cancels: Vec<Running<CancelFlow>>,
    postings: Vec<Running<PostingFlow>>,
}

impl Started {
    pub(crate) fn len(&self) -> usize {
        self.cancels.len() + self.postings.len()
    }
}

/// The outcome of a workflow that is done, or `None` of one that is stuck.
async fn claim<F: DurableFlow>(running: &Running<F>) -> Option<F::Outcome> {
    match running.status().await {
        Ok(status) if status.phase == Phase::Done => Some(running.outcome().await.unwrap()),
        Ok(status) => {
            assert_eq!(status.phase, Phase::Stuck, "{}: {status:?}", running.id());
            None
        }
        Err(WorkflowQueryError::Rpc(status)) => panic!("{}: {status}", running.id()),
        Err(error) => panic!("{}: {error}", running.id()),
    }
}
