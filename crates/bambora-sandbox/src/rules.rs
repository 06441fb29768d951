//! What the API does with a request, from the published facts. Where they are silent, the choice is this crate's own, and
//! the documentation says so.

use bambora_core::PaymentState;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::answer_bytes::AnswerBytes;
use crate::fault_plan::FaultPlan;
use crate::ledger::{Ledger, PaymentRecord};
use crate::problem_body::ProblemBody;
use crate::request_reader::WireRequest;
use crate::{Answer, Effect, Fault, RepeatedCancel};

/// The operations that the sandbox knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `cancel_payment`.
    Cancel,
    /// `query_payment`.
    Query,
    /// `authorize_token_payment`.
    Authorize,
}

/// What the API holds: payments and the faults to come.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) faults: FaultPlan,
}

/// Who may ask, and the choices that the facts leave open.
#[derive(Clone)]
pub(crate) struct House {
    /// `token@number:secret`, as Basic authentication carries it.
    pub(crate) user_and_password: zeroize::Zeroizing<String>,
    pub(crate) repeated_cancel: RepeatedCancel,
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House")
            .field("repeated_cancel", &self.repeated_cancel)
            .finish_non_exhaustive()
    }
}

/// What is to be done with a connection after a request.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// The answer; `None` closes or resets the connection without one.
    pub(crate) answer: Option<AnswerBytes>,
    pub(crate) reset: bool,
    pub(crate) fault: Option<Fault>,
    pub(crate) operation: Option<(Operation, String)>,
    pub(crate) applied: bool,
}

impl Verdict {
    fn plain(answer: AnswerBytes) -> Self {
        Self {
            answer: Some(answer),
            reset: false,
            fault: None,
            operation: None,
            applied: false,
        }
    }
}

impl From<ProblemBody> for Verdict {
    fn from(problem: ProblemBody) -> Self {
        Self::plain(AnswerBytes::problem(&problem))
    }
}

/// Judges one request, and carries out what it asks for.
pub(crate) fn judge(request: &WireRequest, house: &House, books: &mut Books) -> Verdict {
    let (operation, reference) = match admit(request, house) {
        Ok(admitted) => admitted,
        Err(problem) => return problem.into(),
    };
    books.ledger.tick(&reference, operation);
    let fault = books.faults.take(operation, &reference);
    let effect = fault.map_or(Effect::Apply, |fault| fault.effect);
    let (answer, applied) = match operation {
        Operation::Query => (query(&reference, &books.ledger), false),
        Operation::Cancel => cancel(&reference, effect, house, &mut books.ledger),
        Operation::Authorize => authorize(&reference, &request.body, effect, &mut books.ledger),
    };
    let mut verdict = Verdict::plain(answer);
    if let Some(fault) = fault {
        spoil(&mut verdict, fault.answer, operation);
    }
    verdict.fault = fault;
    verdict.applied = applied;
    verdict.operation = Some((operation, reference));
    verdict
}

/// Everything that is checked before an operation is looked at.
fn admit(request: &WireRequest, house: &House) -> Result<(Operation, String), ProblemBody> {
    if !is_authorized(request, house) {
        return Err(ProblemBody::unauthorized());
    }
    let versions: Vec<_> = request.header("api-version").collect();
    match versions.as_slice() {
        [version] if *version == b"1" => {}
        [] => {
            return Err(ProblemBody::bad_request(
                "The API-Version header is missing.",
            ));
        }
        _ => return Err(ProblemBody::bad_request("The API-Version header is not 1.")),
    }
    route(request)
}

fn is_authorized(request: &WireRequest, house: &House) -> bool {
    let values: Vec<_> = request.header("authorization").collect();
    let [value] = values.as_slice() else {
        return false;
    };
    std::str::from_utf8(value)
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded).ok())
        .is_some_and(|pair| pair == house.user_and_password.as_bytes())
}

fn route(request: &WireRequest) -> Result<(Operation, String), ProblemBody> {
    let path = request.target.split('?').next().unwrap_or_default();
    let segments: Vec<_> = path.split('/').collect();
    let (operation, reference) = match (request.method.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", ["", "payments", reference, ""]) => (Operation::Query, reference),
        ("POST", ["", "payments", reference, "cancel", ""]) => (Operation::Cancel, reference),
        ("POST", ["", "payments", reference, "card_token_authorization", ""]) => {
            (Operation::Authorize, reference)
        }
        _ => return Err(ProblemBody::unknown_path()),
    };
    Ok((operation, decode(reference)?))
}

/// Undoes percent-encoding exactly once.
fn decode(segment: &str) -> Result<String, ProblemBody> {
    let bad = |detail| Err(ProblemBody::bad_request(detail));
    let escapes_are_whole = segment.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut hex = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        hex() && hex()
    });
    if !escapes_are_whole {
        return bad("A percent sign in the path is not followed by two hexadecimal digits.");
    }
    let Ok(reference) = percent_decode_str(segment).decode_utf8() else {
        return bad("The payment reference is not UTF-8.");
    };
    match reference.chars().count() {
        0 => bad("The payment reference is empty."),
        1..=2_000 => Ok(reference.into_owned()),
        _ => bad("The payment reference is too long."),
    }
}

fn query(reference: &str, ledger: &Ledger) -> AnswerBytes {
    match ledger.get(reference) {
        Some(record) => AnswerBytes::payment(200, record),
        None => AnswerBytes::problem(&ProblemBody::not_found()),
    }
}

fn cancel(
    reference: &str,
    effect: Effect,
    house: &House,
    ledger: &mut Ledger,
) -> (AnswerBytes, bool) {
    let problem = match ledger.get(reference) {
        None => ProblemBody::not_found(),
        Some(record) if record.operation_in_progress() => ProblemBody::blocked(),
        Some(record) if record.state == PaymentState::Authorized => {
            let applied = ledger.cancel(reference, effect);
            return (query(reference, ledger), applied);
        }
        Some(record)
            if record.state == PaymentState::Canceled
                && house.repeated_cancel == RepeatedCancel::Accepted =>
        {
            return (AnswerBytes::payment(200, record), false);
        }
        Some(record) => ProblemBody::wrong_state(record.state.as_str()),
    };
    (AnswerBytes::problem(&problem), false)
}

#[derive(Deserialize)]
struct Authorization {
    currency: String,
    amount: i64,
    token: String,
    #[serde(default)]
    comment: Option<String>,
}

fn authorize(
    reference: &str,
    body: &[u8],
    effect: Effect,
    ledger: &mut Ledger,
) -> (AnswerBytes, bool) {
    let problem = match serde_json::from_slice::<Authorization>(body) {
        Err(_) => ProblemBody::bad_request("The body is not a card token authorization."),
        Ok(wanted)
            if wanted.amount < 0
                || wanted.token.is_empty()
                || wanted.currency.len() != 3
                || !wanted
                    .currency
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase()) =>
        {
            ProblemBody::bad_request("The amount, the currency or the token is not valid.")
        }
        Ok(wanted)
            if wanted
                .comment
                .as_ref()
                .is_some_and(|comment| comment.chars().count() > 256) =>
        {
            ProblemBody::bad_request("The comment is too long.")
        }
        Ok(_) if ledger.get(reference).is_some() => {
            ProblemBody::bad_request("There is a payment with this reference already.")
        }
        Ok(wanted) => {
            let mut record = PaymentRecord::new(reference, PaymentState::Authorized);
            record.currency = wanted.currency;
            record.amount = wanted.amount;
            record.comment = wanted.comment;
            let answer = AnswerBytes::payment(201, &record);
            let applied = effect == Effect::Apply;
            if applied {
                ledger.insert(record);
            }
            return (answer, applied);
        }
    };
    (AnswerBytes::problem(&problem), false)
}

/// Replaces the true answer with what the fault makes of it.
fn spoil(verdict: &mut Verdict, answer: Answer, operation: Operation) {
    let success = match operation {
        Operation::Authorize => 201,
        Operation::Cancel | Operation::Query => 200,
    };
    let html = |status| {
        AnswerBytes::new(
            status,
            "text/html",
            b"<html><h1>Gateway</h1></html>".to_vec(),
        )
    };
    verdict.answer = match (answer, verdict.answer.take()) {
        (Answer::Ok, truth) => truth,
        (Answer::Drop, _) => None,
        (Answer::Reset, _) => {
            verdict.reset = true;
            None
        }
        (Answer::ServerError(502), _) => Some(html(502)),
        (Answer::ServerError(status), _) => {
            Some(AnswerBytes::problem(&ProblemBody::server_error(status)))
        }
        (Answer::Blocked, _) => Some(AnswerBytes::problem(&ProblemBody::blocked())),
        (Answer::Throttled, _) => Some(html(429).with_header("Retry-After", "1")),
        (Answer::Garbage, _) => Some(AnswerBytes::new(
            success,
            "application/json",
            b"\x00garbage".to_vec(),
        )),
        (Answer::Cut, truth) => truth.map(AnswerBytes::cut),
        (Answer::OtherReference, _) => {
            let other = PaymentRecord::new("SOME-OTHER-PAYMENT", PaymentState::Canceled);
            Some(AnswerBytes::payment(success, &other))
        }
    };
}
