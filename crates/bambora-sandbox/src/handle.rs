//! The way of one request through the API: authentication, routing, the operation, and the fault that it meets.

use bambora_core::PaymentState;

use crate::config::{Choices, Config, RefundStatus};
use crate::fault::{Effect, Fault, FaultResponse};
use crate::fault_plan::FaultPlan;
use crate::ledger::Ledger;
use crate::logged_request::LoggedRequest;
use crate::operation::Operation;
use crate::operation_rules::change;
use crate::path_segment::decode;
use crate::payment_body::show;
use crate::payment_record::{Change, PaymentRecord};
use crate::response_bytes::ResponseBytes;

/// What the API holds: payments and the faults to come.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) faults: FaultPlan,
}

/// What becomes of a connection after a request.
#[derive(Debug)]
pub(crate) struct Reply {
    /// `None` closes or resets the connection without a response.
    pub(crate) response: Option<ResponseBytes>,
    pub(crate) fault: Option<Fault>,
}

/// What an operation came to.
struct Done {
    /// The payment as it then stands.
    record: PaymentRecord,
    /// What was asked for; `None` if the payment was only to be shown.
    change: Option<Change>,
    /// Whether the change took effect at once.
    applied: bool,
}

/// Carries out what a request asks for, and notes on the request what came of it.
pub(crate) fn handle(request: &mut LoggedRequest, config: &Config, state: &mut State) -> Reply {
    let (response, fault) = match authenticate_and_route(request, config) {
        Ok((operation, reference)) => {
            let replied = operate(request, operation, &reference, config, state);
            request.operation = Some((operation, reference));
            replied
        }
        Err(problem) => (Some(problem), None),
    };
    request.status = response.as_ref().map(|response| response.status);
    request.problem = response.as_ref().and_then(|response| response.problem);
    request.fault = fault;
    Reply { response, fault }
}

fn operate(
    request: &mut LoggedRequest,
    operation: Operation,
    reference: &str,
    config: &Config,
    state: &mut State,
) -> (Option<ResponseBytes>, Option<Fault>) {
    request.late_effects = state.ledger.tick(reference, operation);
    let fault = state.faults.take(operation, reference);
    let effect = fault.map_or(Effect::Apply, |fault| fault.effect);
    let choices = &config.choices;
    let done = change(operation, reference, request, &state.ledger, choices)
        .and_then(|change| carry_out(reference, change, effect, &mut state.ledger));
    request.applied = done.as_ref().is_ok_and(|done| done.applied);
    let record = state.ledger.get(reference);
    request.state = record.map(|record| record.state.clone());
    request.canceled = record.is_some_and(PaymentRecord::is_canceled);
    let success = match operation {
        Operation::Query | Operation::Cancel => 200,
        Operation::Refund if choices.refund_status == RefundStatus::Ok => 200,
        _ => 201,
    };
    (apply_fault(fault, done, success, choices), fault)
}

/// Checks everything that comes before an operation.
fn authenticate_and_route(request: &LoggedRequest, config: &Config) -> Result<(Operation, String), ResponseBytes> {
    if !is_authenticated(request, config) {
        let detail = "The key is wrong, or the Authorization header was not set.";
        return Err(ResponseBytes::problem(401, "", detail));
    }
    if request.header("api-version").collect::<Vec<_>>() != [b"1"] {
        let detail = "The API-Version header is missing or not 1.";
        return Err(ResponseBytes::bad_request(detail));
    }
    let segments: Vec<_> = request.path().split('/').collect();
    let routed = match (request.method.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", ["", "payments", reference, ""]) => Some((Operation::Query, reference)),
        ("POST", ["", "payments", reference, action, ""]) => {
            Operation::from_action(action).map(|operation| (operation, reference))
        }
        _ => None,
    };
    let Some((operation, reference)) = routed else {
        let detail = "There is nothing at this path.";
        return Err(ResponseBytes::problem(404, "payment_not_found", detail));
    };
    let reference = decode(reference).map_err(ResponseBytes::bad_request)?;
    Ok((operation, reference))
}

/// Compares the one `Authorization` header with the expected one. The case of the scheme does not matter.
fn is_authenticated(request: &LoggedRequest, config: &Config) -> bool {
    let expected = config.authorization.as_bytes();
    let [value] = request.header("authorization").collect::<Vec<_>>()[..] else {
        return false;
    };
    value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic ")) && value.get(6..) == expected.get(6..)
}

fn carry_out(
    reference: &str,
    change: Option<Change>,
    effect: Effect,
    ledger: &mut Ledger,
) -> Result<Done, ResponseBytes> {
    let begun = match change.clone() {
        Some(change) => ledger.begin(reference, change, effect),
        None => Some(false),
    };
    let full = || ResponseBytes::problem(503, "", "The sandbox holds no more: see its limits.");
    let applied = begun.ok_or_else(full)?;
    let record = match (ledger.get(reference), &change) {
        (Some(record), _) => record.clone(),
        // An authorization without effect is shown as if it had one.
        (None, Some(Change::Authorize(record))) => record.clone(),
        (None, _) => PaymentRecord::new(reference, PaymentState::None),
    };
    Ok(Done { record, change, applied })
}

/// Returns the response that is sent: the true one, or what the fault makes of it.
fn apply_fault(
    fault: Option<Fault>,
    done: Result<Done, ResponseBytes>,
    success: u16,
    choices: &Choices,
) -> Option<ResponseBytes> {
    let truth = match &done {
        Ok(done) => show(success, &done.record, choices),
        Err(problem) => problem.clone(),
    };
    Some(match fault.map_or(FaultResponse::Ok, |fault| fault.response) {
        FaultResponse::Ok => truth,
        FaultResponse::Drop | FaultResponse::Reset => return None,
        FaultResponse::ServerError(502) => ResponseBytes::html(502),
        FaultResponse::ServerError(status) => ResponseBytes::problem(status, "", ""),
        FaultResponse::Problem(status, name) => ResponseBytes::problem(status, name, ""),
        FaultResponse::Blocked => ResponseBytes::blocked(),
        FaultResponse::Throttled => ResponseBytes::throttled(),
        FaultResponse::Garbage => ResponseBytes::new(success, "application/json", b"\x00garbage".to_vec()),
        FaultResponse::Cut => truth.cut(),
        FaultResponse::OtherReference => show(success, &other_payment(done.ok()), choices),
    })
}

/// Returns another payment on which the operation succeeded. For a query it is a canceled one.
fn other_payment(done: Option<Done>) -> PaymentRecord {
    let mut other = match done {
        Some(Done { change: Some(Change::Authorize(record)), .. }) => record,
        Some(Done { mut record, change: Some(change), applied }) => {
            if !applied {
                record.apply(change);
            }
            record
        }
        _ => PaymentRecord::new("", PaymentState::Canceled),
    };
    other.reference = "SOME-OTHER-PAYMENT".to_owned();
    other.operation_in_progress = false;
    other
}
