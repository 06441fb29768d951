//! What each operation asks of a payment, from the published facts. If they are silent, the choice is this crate's own, and
//! the documentation says so.

use std::collections::HashMap;

use bambora_core::PaymentState;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::config::{Choices, RepeatedCancel};
use crate::ledger::Ledger;
use crate::logged_request::LoggedRequest;
use crate::operation::Operation;
use crate::payment_record::{Change, PaymentRecord, Posting};
use crate::response_bytes::ResponseBytes;

/// The longest comment, in characters.
const MAX_COMMENT: usize = 256;

#[derive(Deserialize)]
struct PostingRequest {
    amount: i64,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct AuthorizationRequest {
    currency: String,
    amount: i64,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct CardToken {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncryptedCardRequest {
    encrypted_card: HashMap<String, Value>,
    encrypted_session_keys: Vec<HashMap<String, Value>>,
    /// Whether a token for the card is wanted.
    token: bool,
}

/// Returns the change that a request asks for, `None` if it only shows the payment, or the problem with it.
pub(crate) fn change(
    operation: Operation,
    reference: &str,
    request: &LoggedRequest,
    ledger: &Ledger,
    choices: &Choices,
) -> Result<Option<Change>, ResponseBytes> {
    let body = request.body.as_slice();
    require(!request.is_body_truncated(), "The body is too long.").map_err(ResponseBytes::bad_request)?;
    let change = match operation {
        Operation::Query => None,
        Operation::Cancel => Some(Change::Cancel),
        Operation::Capture => Some(Change::Capture(posting(body, 0)?)),
        Operation::Refund => Some(Change::Refund(posting(body, 1)?)),
        Operation::Authorize => {
            let CardToken { token } = parse(body)?;
            require(!token.is_empty(), "The token is empty.").map_err(ResponseBytes::bad_request)?;
            Some(Change::Authorize(authorization(reference, body)?))
        }
        Operation::AuthorizeCard => Some(Change::Authorize(card_authorization(reference, body)?)),
    };
    match (ledger.get(reference), change) {
        (None, Some(Change::Authorize(record))) => Ok(Some(Change::Authorize(record))),
        (None, _) => Err(ResponseBytes::problem(404, "payment_not_found", "")),
        (Some(_), None) => Ok(None),
        (Some(record), Some(_)) if record.operation_in_progress => Err(ResponseBytes::blocked()),
        (Some(_), Some(Change::Authorize(_))) => {
            Err(ResponseBytes::bad_request("There is a payment with this reference already."))
        }
        (Some(record), Some(Change::Cancel))
            if record.state == PaymentState::Canceled && choices.repeated_cancel == RepeatedCancel::Accepted =>
        {
            Ok(None)
        }
        (Some(record), Some(change)) => match record.problem_with(&change) {
            None => Ok(Some(change)),
            Some((status, name, detail)) => Err(ResponseBytes::problem(status, name, &detail)),
        },
    }
}

fn posting(body: &[u8], least: i64) -> Result<Posting, ResponseBytes> {
    let PostingRequest { amount, comment } = parse(body)?;
    new_posting(amount, comment, least).map_err(ResponseBytes::bad_request)
}

fn authorization(reference: &str, body: &[u8]) -> Result<PaymentRecord, ResponseBytes> {
    let AuthorizationRequest { currency, amount, comment } = parse(body)?;
    let checked = check_money(amount, &currency).and_then(|()| check_comment(comment.as_deref()));
    checked.map_err(ResponseBytes::bad_request)?;
    Ok(PaymentRecord { currency, amount, comment, ..PaymentRecord::new(reference, PaymentState::Authorized) })
}

/// The sandbox cannot decrypt the card, so it shows a made-up one.
fn card_authorization(reference: &str, body: &[u8]) -> Result<PaymentRecord, ResponseBytes> {
    let wanted: EncryptedCardRequest = parse(body)?;
    let has = |object: &HashMap<String, Value>, names: &[&str]| {
        let text = |name: &&str| object.get(*name).and_then(Value::as_str);
        names.iter().map(text).all(|text| text.is_some_and(|text| !text.is_empty()))
    };
    let card = ["cardNumber", "cvcCode", "expiryMonth", "expiryYear"];
    let keys = &wanted.encrypted_session_keys;
    let complete = has(&wanted.encrypted_card, &card)
        && !keys.is_empty()
        && keys.iter().all(|key| has(key, &["fingerprint", "sessionKey"]));
    let checked = require(complete, "The encrypted card or a session key is incomplete.");
    checked.map_err(ResponseBytes::bad_request)?;
    let token = wanted.token.then_some("sandbox-card-token");
    let card = json!({
        "token": token,
        "cardNumber": "************0000",
        "cardType": "Sandbox",
        "expiryMonth": "12",
        "expiryYear": "2099",
    });
    Ok(PaymentRecord { card: Some(card), ..authorization(reference, body)? })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ResponseBytes> {
    let detail = "The body is not JSON with the fields that this operation requires.";
    serde_json::from_slice(body).map_err(|_| ResponseBytes::bad_request(detail))
}

/// Creates a capture or a refund, which has at least `least` minor units.
pub(crate) fn new_posting(amount: i64, comment: Option<String>, least: i64) -> Result<Posting, &'static str> {
    require(amount >= least, "The amount is too small.")?;
    check_comment(comment.as_deref())?;
    Ok(Posting { amount, comment })
}

/// Checks what is to be authorized.
pub(crate) fn check_money(amount: i64, currency: &str) -> Result<(), &'static str> {
    require(amount >= 0, "The amount is negative.")?;
    let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    require(is_currency, "The currency is not three capital letters.")
}

fn check_comment(comment: Option<&str>) -> Result<(), &'static str> {
    let fits = comment.is_none_or(|comment| comment.chars().count() <= MAX_COMMENT);
    require(fits, "The comment is too long.")
}

fn require(condition: bool, detail: &'static str) -> Result<(), &'static str> {
    condition.then_some(()).ok_or(detail)
}
