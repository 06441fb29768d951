//! The control API: what a [`Sandbox`](crate::Sandbox) is for Rust, in JSON.

use std::time::Duration;

use bambora_core::PaymentState;
use serde::Deserialize;
use serde_json::json;

use crate::fault::{Effect, Fault};
use crate::fault_plan::Planned;
use crate::logged_request::LoggedRequest;
use crate::operation::Operation;
use crate::operation_rules::{check_money, new_posting};
use crate::path_segment::{check_length, decode};
use crate::payment_record::{Change, PaymentRecord, Posting};
use crate::response_bytes::ResponseBytes;
use crate::shared::{ServerState, Shared};

use super::fields::{bad_request, body, number, parameter, problem};
use super::listing::listing;
use super::requests;
use super::view::{PaymentView, PlannedView};

type Outcome = Result<ResponseBytes, ResponseBytes>;

/// Responds to a request. `path` is what comes after `/_sandbox`.
pub(super) fn respond(request: &LoggedRequest, path: &str, shared: &Shared) -> ResponseBytes {
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let segments: Vec<_> = path.split('/').collect();
    let outcome = match (method, segments.as_slice()) {
        ("GET", ["", "payments"]) => payments(request, shared),
        ("GET", ["", "payments", reference]) => payment(reference, shared),
        ("PUT", ["", "payments", reference]) => put_payment(request, reference, shared),
        ("POST", ["", "payments", reference, "capture"]) => {
            posting(request, 0).and_then(|posting| apply(reference, Change::Capture(posting), shared))
        }
        ("POST", ["", "payments", reference, "refund"]) => {
            posting(request, 1).and_then(|posting| apply(reference, Change::Refund(posting), shared))
        }
        ("POST", ["", "payments", reference, "cancel_in_back_office"]) => cancel_in_back_office(reference, shared),
        ("GET", ["", "requests"]) => requests::list(request, shared),
        ("POST", ["", "requests", number, "release"]) => release(number, shared),
        ("POST", ["", "release"]) => Ok(release_all(shared)),
        ("GET", ["", "faults"]) => faults(request, shared),
        ("POST", ["", "faults"]) => plan_fault(request, shared),
        ("DELETE", ["", "faults", number]) => take_fault_back(number, shared),
        ("DELETE", ["", "faults"]) => Ok(recover(shared)),
        ("POST", ["", "reset"]) => Ok(reset(shared)),
        _ => Err(problem(404, "There is nothing at this path, or not for this method.")),
    };
    outcome.unwrap_or_else(|refused| refused)
}

/// Lists the payments whose reference has a text in it (`search`), the newest first.
fn payments(request: &LoggedRequest, shared: &Shared) -> Outcome {
    let (search, limit) = (parameter(request, "search"), number(request, "limit")?);
    let state = shared.lock();
    let records = state.api.ledger.records();
    let found = records.iter().rev().filter(|record| record.reference.contains(&search));
    let (payments, complete) = listing(found, PaymentView::from, limit);
    Ok(ResponseBytes::json(200, &json!({ "payments": payments, "complete": complete, "total": records.len() })))
}

fn payment(reference: &str, shared: &Shared) -> Outcome {
    show(200, &named(reference)?, &shared.lock())
}

fn named(segment: &str) -> Result<String, ResponseBytes> {
    decode(segment).map_err(bad_request)
}

fn show(status: u16, reference: &str, state: &ServerState) -> Outcome {
    let record = state.api.ledger.get(reference).ok_or_else(unknown_payment)?;
    Ok(ResponseBytes::json(status, &PaymentView::from(record)))
}

fn unknown_payment() -> ResponseBytes {
    problem(404, "There is no payment with this reference.")
}

fn full() -> ResponseBytes {
    problem(503, "The sandbox holds no more: see its limits, or reset it.")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewPayment {
    state: String,
    amount: i64,
    currency: String,
}

impl Default for NewPayment {
    fn default() -> Self {
        let PaymentRecord { state, amount, currency, .. } = PaymentRecord::new("", PaymentState::Authorized);
        Self { state: state.as_str().to_owned(), amount, currency }
    }
}

fn put_payment(request: &LoggedRequest, reference: &str, shared: &Shared) -> Outcome {
    let reference = named(reference)?;
    let NewPayment { state, amount, currency } = body(request)?;
    let state = PaymentState::from(state.as_str());
    if matches!(state, PaymentState::Other(_)) {
        return Err(bad_request("The state is none that the API has."));
    }
    check_money(amount, &currency).map_err(bad_request)?;
    let mut record = PaymentRecord { amount, currency, ..PaymentRecord::new(&reference, PaymentState::None) };
    record.set_state(state);
    shared.change(|state| {
        let is_new = state.api.ledger.get(&reference).is_none();
        state.api.ledger.insert_within_limits(record).ok_or_else(full)?;
        show(if is_new { 201 } else { 200 }, &reference, state)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPosting {
    amount: i64,
    comment: Option<String>,
}

fn posting(request: &LoggedRequest, least: i64) -> Result<Posting, ResponseBytes> {
    let NewPosting { amount, comment } = body(request)?;
    new_posting(amount, comment, least).map_err(bad_request)
}

fn apply(reference: &str, change: Change, shared: &Shared) -> Outcome {
    let reference = named(reference)?;
    shared.change(|state| {
        let record = state.api.ledger.get(&reference).ok_or_else(unknown_payment)?;
        if let Some((_, _, detail)) = record.problem_with(&change) {
            return Err(problem(409, &detail));
        }
        state.api.ledger.begin(&reference, change, Effect::Apply).ok_or_else(full)?;
        show(200, &reference, state)
    })
}

fn cancel_in_back_office(reference: &str, shared: &Shared) -> Outcome {
    let reference = named(reference)?;
    shared.change(|state| {
        let record = state.api.ledger.get_mut(&reference).ok_or_else(unknown_payment)?;
        record.canceled_in_back_office = true;
        show(200, &reference, state)
    })
}

fn release(number: &str, shared: &Shared) -> Outcome {
    let is_held = number.parse().is_ok_and(|number| shared.change(|state| state.held.remove(&number)));
    if is_held { Ok(released(1)) } else { Err(problem(404, "No response to this request is held.")) }
}

fn release_all(shared: &Shared) -> ResponseBytes {
    released(shared.change(|state| std::mem::take(&mut state.held).len()))
}

fn released(responses: usize) -> ResponseBytes {
    ResponseBytes::json(200, &json!({ "released": responses }))
}

/// Lists the faults to come, the oldest first: those that requests for a payment (`reference`) will meet, or all.
fn faults(request: &LoggedRequest, shared: &Shared) -> Outcome {
    let (reference, limit) = (parameter(request, "reference"), number(request, "limit")?);
    let state = shared.lock();
    let mut planned = state.api.faults.planned();
    planned.retain(|(_, named, _)| reference.is_empty() || named.is_none_or(|named| named == reference));
    let view = |(operation, reference, planned): &(Operation, _, &Planned)| {
        PlannedView::new(planned.number, *operation, *reference, planned.fault)
    };
    let (faults, complete) = listing(planned.iter(), view, limit);
    Ok(ResponseBytes::json(200, &json!({ "faults": faults, "complete": complete, "total": planned.len() })))
}

/// A fault to plan. A member that is not known is refused: without the reference, a fault is for every request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    operation: String,
    reference: Option<String>,
    fault: String,
    #[serde(default)]
    held: bool,
    #[serde(default)]
    delay_ms: u64,
}

fn plan_fault(request: &LoggedRequest, shared: &Shared) -> Outcome {
    let wanted: NewFault = body(request)?;
    let operation = Operation::from_name(&wanted.operation);
    let operation = operation.ok_or_else(|| bad_request("The operation is not known."))?;
    let fault: Fault = wanted.fault.parse().map_err(|error| bad_request(&format!("{error}")))?;
    let fault = Fault { held: wanted.held, delay: Duration::from_millis(wanted.delay_ms), ..fault };
    wanted.reference.as_deref().map_or(Ok(()), check_length).map_err(bad_request)?;
    let reference = wanted.reference.as_deref();
    let number =
        shared.change(|state| state.api.faults.plan_within_limits(operation, reference, fault)).ok_or_else(full)?;
    Ok(ResponseBytes::json(201, &PlannedView::new(number, operation, reference, fault)))
}

fn take_fault_back(number: &str, shared: &Shared) -> Outcome {
    let taken = number.parse().is_ok_and(|number| shared.change(|state| state.api.faults.take_back(number)));
    if taken {
        Ok(ResponseBytes::json(200, &json!({ "taken_back": 1 })))
    } else {
        Err(problem(404, "There is no such fault: it was taken back, or met."))
    }
}

fn recover(shared: &Shared) -> ResponseBytes {
    shared.change(|state| {
        let planned = state.api.faults.len();
        state.api.faults.clear();
        state.held.clear();
        ResponseBytes::json(200, &json!({ "taken_back": planned }))
    })
}

fn reset(shared: &Shared) -> ResponseBytes {
    shared.change(ServerState::reset);
    ResponseBytes::json(200, &json!({}))
}
