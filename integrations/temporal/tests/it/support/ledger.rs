//! Compares what workflows claim with what the sandbox knows.

use std::collections::HashMap;

use bambora_core::posting::{PostingKind, PostingOrder, PostingOutcome};
use bambora_core::{Outcome, PaymentReference};
use bambora_sandbox::{Operation, Sandbox};

/// What a workflow says at the end. `None`: it is stuck.
pub(crate) type Claim<O> = Option<O>;

/// Returns what is wrong with the claim about a cancel.
pub(crate) fn wrong_cancel(sandbox: &Sandbox, reference: &PaymentReference, claim: &Claim<Outcome>) -> Option<String> {
    let is_canceled = sandbox.is_canceled(reference.as_str());
    let is_true = match claim {
        Some(Outcome::Canceled(_)) => is_canceled,
        Some(Outcome::Refused(_)) => !is_canceled,
        Some(Outcome::NotSent(_) | Outcome::Unknown(_)) => false,
        None => true,
    };
    (!is_true).then(|| format!("{reference} is canceled: {is_canceled}, and its workflow says {claim:?}"))
}

/// Returns what is wrong with the claim about a capture or refund.
pub(crate) fn wrong_posting(sandbox: &Sandbox, order: &PostingOrder, claim: &Claim<PostingOutcome>) -> Option<String> {
    let all = match order.kind {
        PostingKind::Capture => sandbox.captures(order.reference.as_str()),
        PostingKind::Refund => sandbox.refunds(order.reference.as_str()),
    };
    let times = all.iter().filter(|posting| posting.comment.as_deref() == Some(order.key.as_str())).count();
    let is_true = match claim {
        Some(PostingOutcome::Posted(_)) => times == 1,
        Some(PostingOutcome::Refused(_)) => times == 0,
        Some(PostingOutcome::NotSent(_) | PostingOutcome::Unknown(_)) => false,
        None => times <= 1,
    };
    (!is_true).then(|| format!("{order} was made {times} times, and its workflow says {claim:?}"))
}

/// Returns every cancel request that followed another one without a query between, unless the API had said of the earlier one
/// that it had no effect.
pub(crate) fn blind_cancels(sandbox: &Sandbox) -> Vec<String> {
    assert_eq!(sandbox.dropped_requests(), 0);
    let mut last: HashMap<String, (Operation, bool)> = HashMap::new();
    let mut blind = Vec::new();
    for request in sandbox.requests() {
        let Some((operation, reference)) = request.operation.clone() else { continue };
        let had_no_effect = request.status == Some(429);
        let before = last.insert(reference.clone(), (operation, had_no_effect));
        if operation == Operation::Cancel && before == Some((Operation::Cancel, false)) {
            blind.push(format!("{reference} was canceled twice without a query between"));
        }
    }
    blind
}
