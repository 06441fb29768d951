//! The payment object, with every documented field.

use serde::Serialize;
use serde_json::{Value, json};

use crate::config::{CapturesShape, Choices};
use crate::payment_record::{PaymentRecord, Posting};
use crate::response_bytes::ResponseBytes;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentBody<'a> {
    payment: &'a str,
    currency: &'a str,
    state: &'a str,
    operations: &'static [&'static str],
    region: &'static str,
    merchant: &'static str,
    comment: Option<&'a str>,
    captures: Vec<Value>,
    operation_in_progress: bool,
    refunds: Vec<Value>,
    amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'a Value>,
}

/// Creates the response that shows `record`.
pub(crate) fn show(status: u16, record: &PaymentRecord, choices: &Choices) -> ResponseBytes {
    let posting = |posting: &Posting| {
        let comment = posting.comment.as_ref();
        let comment = comment.filter(|_| !choices.hides_posting_comments);
        json!({"amount": posting.amount, "comment": comment})
    };
    let capture = |capture: &Posting| match choices.captures_shape {
        CapturesShape::Plain => posting(capture),
        CapturesShape::Nested => json!({ "capture": posting(capture) }),
    };
    let body = PaymentBody {
        payment: &record.reference,
        currency: &record.currency,
        state: record.state.as_str(),
        operations: record.operations(),
        region: "emea_0",
        merchant: "sandbox",
        comment: record.comment.as_deref(),
        captures: record.captures.iter().map(capture).collect(),
        operation_in_progress: record.operation_in_progress,
        refunds: record.refunds.iter().map(posting).collect(),
        amount: record.amount,
        card: record.card.as_ref(),
    };
    ResponseBytes::json(status, &body)
}
