//! What goes back over the wire.

use serde::Serialize;
use serde_json::Value;

use crate::PaymentRecord;
use crate::problem_body::ProblemBody;

/// A whole answer, and how the connection goes on after it.
#[derive(Clone, Debug)]
pub(crate) struct AnswerBytes {
    pub(crate) status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Only the first half of the body is sent, and then the connection is closed.
    pub(crate) cut: bool,
}

impl AnswerBytes {
    pub(crate) fn payment(status: u16, record: &PaymentRecord) -> Self {
        Self::new(
            status,
            "application/json",
            to_json(&PaymentBody::new(record)),
        )
    }

    pub(crate) fn problem(problem: &ProblemBody) -> Self {
        Self::new(
            problem.status(),
            "application/problem+json",
            to_json(problem),
        )
    }

    pub(crate) fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body,
            cut: false,
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// The bytes; without the body where the request was a HEAD.
    pub(crate) fn to_bytes(&self, close: bool, head_only: bool) -> Vec<u8> {
        let reason = http::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown");
        let mut head = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if close || self.cut {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        let sent = if self.cut {
            self.body.len() / 2
        } else {
            self.body.len()
        };
        if !head_only {
            bytes.extend(self.body.iter().take(sent));
        }
        bytes
    }
}

/// The payment object, with every documented field.
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
}

impl<'a> PaymentBody<'a> {
    fn new(record: &'a PaymentRecord) -> Self {
        let state = record.state.as_str();
        let captured = matches!(state, "Captured" | "Settled" | "Refunded");
        let posting = |there: bool| {
            let posting = serde_json::json!({"amount": record.amount, "comment": null});
            if there { vec![posting] } else { Vec::new() }
        };
        Self {
            payment: &record.reference,
            currency: &record.currency,
            state,
            operations: match state {
                "Authorized" => &["Cancel", "Capture"],
                "Captured" => &["Refund"],
                _ => &[],
            },
            region: "emea_0",
            merchant: "sandbox",
            comment: record.comment.as_deref(),
            captures: posting(captured),
            operation_in_progress: record.operation_in_progress(),
            refunds: posting(state == "Refunded"),
            amount: record.amount,
        }
    }
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    #[allow(
        clippy::expect_used,
        reason = "serde_json fails only on a failing writer or a key that is not a string; here is neither"
    )]
    serde_json::to_vec(value).expect("texts, numbers and lists always serialize")
}
