//! The payment object's JSON, parsed with tolerance for every shape that is documented or was seen.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::object::{Card, Payment, PaymentOperation, Posting};
use super::state::PaymentState;
use crate::money::Amount;
use crate::strict_json;

/// A payment object as it stands on the wire. What may have several shapes is kept as text, and read afterwards.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePayment<'a> {
    payment: String,
    #[serde(borrow)]
    state: Cow<'a, str>,
    region: Option<String>,
    merchant: Option<String>,
    currency: Option<String>,
    #[serde(default, deserialize_with = "amount")]
    amount: Option<Amount>,
    comment: Option<String>,
    captures: Option<&'a RawValue>,
    refunds: Option<&'a RawValue>,
    operations: Option<&'a RawValue>,
    operation_in_progress: Option<&'a RawValue>,
    card: Option<&'a RawValue>,
}

/// Parses a whole payment object. A field of another type than the documented (or tolerated) ones makes it unreadable, and so
/// does a member that stands twice in an object, at any depth.
///
/// # Errors
///
/// What is wrong with the body, without any of its content.
pub(crate) fn read_payment(body: &[u8]) -> Result<Payment, String> {
    let wire: WirePayment<'_> = strict_json::object(body)?;
    // With no other members than known ones, of which each has a colon, parsing has compared all names already.
    if body.iter().filter(|byte| **byte == b':').count() > wire.known_members() {
        strict_json::check_members(body)?;
    }
    Ok(Payment {
        payment: wire.payment,
        state: PaymentState::from(&*wire.state),
        region: wire.region,
        merchant: wire.merchant,
        currency: wire.currency,
        amount: wire.amount,
        comment: wire.comment,
        captures: list(wire.captures, posting)?,
        refunds: list(wire.refunds, posting)?,
        operations: list(wire.operations, operation)?,
        operation_in_progress: flag(wire.operation_in_progress)?,
        card: wire.card.and_then(card),
    })
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Payment {
    /// Reads the API's JSON as tolerantly as a response is read.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        read_payment(text.get().as_bytes()).map_err(D::Error::custom)
    }
}

impl WirePayment<'_> {
    /// How many of the known members are there, and not `null`.
    fn known_members(&self) -> usize {
        let optional = [
            self.region.is_some(),
            self.merchant.is_some(),
            self.currency.is_some(),
            self.amount.is_some(),
            self.comment.is_some(),
            self.captures.is_some(),
            self.refunds.is_some(),
            self.operations.is_some(),
            self.operation_in_progress.is_some(),
            self.card.is_some(),
        ];
        2 + optional.into_iter().filter(|is_there| *is_there).count()
    }
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Amount>, D::Error> {
    let minor_units = Option::<i64>::deserialize(deserializer)?;
    minor_units.map(Amount::from_minor_units).transpose().map_err(D::Error::custom)
}

/// Reads a list, or one of the ways in which a server leaves it out: `null`, `""`.
fn list<T>(raw: Option<&RawValue>, entry: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    match raw.map_or("[]", RawValue::get) {
        "[]" | "\"\"" => Ok(Vec::new()),
        text => {
            let entries: Vec<&RawValue> = strict_json::parse(text)?;
            entries.into_iter().map(|raw| entry(raw.get())).collect()
        }
    }
}

/// Reads `true` or `false`, also as text (a mock in the wild writes `"false"`); missing or `null` is `false`. Anything else is
/// an error rather than a guess: it decides whether a cancel counts as done.
fn flag(raw: Option<&RawValue>) -> Result<bool, String> {
    match raw.map_or("false", RawValue::get) {
        "true" | "\"true\"" => Ok(true),
        "false" | "\"false\"" => Ok(false),
        _ => Err("`operationInProgress` is neither true nor false".to_owned()),
    }
}

/// Reads a posting, or one that is wrapped in another object.
fn posting(text: &str) -> Result<Posting, String> {
    #[derive(Deserialize)]
    struct WirePosting<'a> {
        #[serde(default, deserialize_with = "amount")]
        amount: Option<Amount>,
        comment: Option<String>,
        #[serde(borrow)]
        capture: Option<&'a RawValue>,
    }
    let mut wire: WirePosting<'_> = strict_json::object(text.as_bytes())?;
    if let Some(wrapped) = wire.capture {
        wire = strict_json::object(wrapped.get().as_bytes())?;
    }
    Ok(Posting { amount: wire.amount, comment: wire.comment })
}

/// Reads the name of an operation, or an object that describes one.
fn operation(text: &str) -> Result<PaymentOperation, String> {
    #[derive(Deserialize)]
    struct Performed {
        r#type: Option<String>,
        success: Option<bool>,
    }
    if text.starts_with('"') {
        return strict_json::parse(text).map(PaymentOperation::Allowed);
    }
    let Performed { r#type, success } = strict_json::object(text.as_bytes())?;
    Ok(PaymentOperation::Performed { operation_type: r#type, success })
}

/// Reads a card, with whatever of it is a text or a number: no document says which of the two its parts are. Nothing that is
/// odd about it keeps a payment from being parsed, since it confirms nothing.
fn card(raw: &RawValue) -> Option<Card> {
    let parts: HashMap<String, &RawValue> = strict_json::object(raw.get().as_bytes()).ok()?;
    let text = |name| match parts.get(name)?.get() {
        quoted if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
        number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Some(number.to_owned()),
        _ => None,
    };
    Some(Card {
        token: text("token"),
        card_number: text("cardNumber"),
        card_type: text("cardType"),
        expiry_month: text("expiryMonth"),
        expiry_year: text("expiryYear"),
    })
}
