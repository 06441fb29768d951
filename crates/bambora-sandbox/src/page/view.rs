//! Payments, requests and faults as the JSON API shows them.

use bambora_core::PaymentState;
use serde::Serialize;

use crate::fault::Fault;
use crate::logged_request::LoggedRequest;
use crate::operation::Operation;
use crate::payment_record::{PaymentRecord, Posting};
use crate::shared::ServerState;

/// The bytes of a body that are shown.
const SHOWN_BODY: usize = 1_000;

/// A payment as it truly stands.
#[derive(Serialize)]
pub(super) struct PaymentView<'a> {
    reference: &'a str,
    state: &'a str,
    canceled: bool,
    amount: i64,
    currency: &'a str,
    captured: i64,
    refunded: i64,
    captures: Vec<PostingView<'a>>,
    refunds: Vec<PostingView<'a>>,
    comment: Option<&'a str>,
    operation_in_progress: bool,
    canceled_in_back_office: bool,
    effective_cancels: u32,
}

#[derive(Serialize)]
struct PostingView<'a> {
    amount: i64,
    comment: Option<&'a str>,
}

impl<'a> From<&'a PaymentRecord> for PaymentView<'a> {
    fn from(record: &'a PaymentRecord) -> Self {
        let postings = |postings: &'a [Posting]| {
            postings.iter().map(|posting| PostingView { amount: posting.amount, comment: posting.comment.as_deref() })
        };
        Self {
            reference: &record.reference,
            state: record.state.as_str(),
            canceled: record.is_canceled(),
            amount: record.amount,
            currency: &record.currency,
            captured: record.captured(),
            refunded: record.refunded(),
            captures: postings(&record.captures).collect(),
            refunds: postings(&record.refunds).collect(),
            comment: record.comment.as_deref(),
            operation_in_progress: record.operation_in_progress,
            canceled_in_back_office: record.canceled_in_back_office,
            effective_cancels: record.effective_cancels,
        }
    }
}

/// A request: what it asked for, what was done, and what was told. Credentials and cards are not in it.
#[derive(Serialize)]
pub(super) struct RequestView<'a> {
    number: usize,
    at_ms: u128,
    connection: usize,
    method: &'a str,
    target: &'a str,
    headers: Vec<&'a str>,
    /// Not there if it may have a card in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    body_length: usize,
    operation: Option<&'static str>,
    reference: Option<&'a str>,
    fault: Option<String>,
    applied: bool,
    late_effects: usize,
    state: Option<&'a str>,
    canceled: bool,
    response: &'static str,
    status: Option<u16>,
    problem: Option<&'static str>,
}

impl<'a> RequestView<'a> {
    pub(super) fn new(request: &'a LoggedRequest, state: &ServerState) -> Self {
        let operation = request.operation.as_ref().map(|(operation, _)| *operation);
        let has_no_card = matches!(operation, Some(Operation::Capture | Operation::Refund));
        let shown = request.body.get(..SHOWN_BODY).unwrap_or(&request.body);
        let response = if state.delayed.contains(&request.number) {
            "delayed"
        } else if state.held.contains(&request.number) {
            "held"
        } else {
            "sent"
        };
        Self {
            number: request.number,
            at_ms: request.handled_at.as_millis(),
            connection: request.connection,
            method: &request.method,
            target: &request.target,
            headers: request.header_names().collect(),
            body: has_no_card.then(|| String::from_utf8_lossy(shown).into_owned()),
            body_length: request.body_length,
            operation: operation.map(Operation::name),
            reference: request.operation.as_ref().map(|(_, reference)| reference.as_str()),
            fault: request.fault.map(|fault| fault.to_string()),
            applied: request.applied,
            late_effects: request.late_effects,
            state: request.state.as_ref().map(PaymentState::as_str),
            canceled: request.canceled,
            response,
            status: request.status,
            problem: request.problem,
        }
    }
}

/// A fault that was not met yet; without a reference, one that every request meets.
#[derive(Serialize)]
pub(super) struct PlannedView<'a> {
    number: u64,
    operation: &'static str,
    reference: Option<&'a str>,
    fault: String,
    held: bool,
    delay_ms: u128,
}

impl<'a> PlannedView<'a> {
    pub(super) fn new(number: u64, operation: Operation, reference: Option<&'a str>, fault: Fault) -> Self {
        Self {
            number,
            operation: operation.name(),
            reference,
            fault: fault.to_string(),
            held: fault.held,
            delay_ms: fault.delay.as_millis(),
        }
    }
}
