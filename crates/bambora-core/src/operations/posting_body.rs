//! What captures and refunds share: their request body, and what confirms them.

use serde::Serialize;

use super::comment::Comment;
use super::operation::json_body;
use crate::money::Amount;
use crate::payment::{Payment, Posting};
use crate::response_error::Mismatch;

#[derive(Serialize)]
struct Body<'a> {
    amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

pub(super) fn posting_body(amount: Amount, comment: Option<&Comment>) -> Vec<u8> {
    json_body(&Body { amount: amount.minor_units(), comment: comment.map(Comment::as_str) })
}

/// Checks that nothing is in progress on `payment`, and that one of its `postings` has this amount, and this comment if there is
/// one.
pub(super) fn verify_posting(
    payment: &Payment,
    postings: &[Posting],
    amount: Amount,
    comment: Option<&Comment>,
) -> Result<(), Mismatch> {
    if payment.operation_in_progress {
        return Err(Mismatch::OperationInProgress);
    }
    let is_ours = |posting: &Posting| {
        let has_comment = comment.is_none_or(|comment| posting.comment.as_deref() == Some(comment.as_str()));
        posting.amount == Some(amount) && has_comment
    };
    if postings.iter().any(is_ours) { Ok(()) } else { Err(Mismatch::NoPosting) }
}
