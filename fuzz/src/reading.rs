//! What a response says, read by the rules of the documents and by none of the code under test.

use http::{HeaderMap, Response};

use crate::json::Json;

/// What a response says.
#[derive(Debug)]
pub struct Reading {
    pub status: u16,
    /// Whether the body has a content coding.
    pub is_coded: bool,
    /// The body as a payment object, if it is one.
    pub payment: Option<Payment>,
    /// Whether the body is a problem document of the API for this status.
    pub is_problem: bool,
}

/// The members of a payment object that a claim can rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub reference: String,
    pub state: String,
    pub is_in_progress: bool,
    pub captures: Vec<Posting>,
    pub refunds: Vec<Posting>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub amount: Option<i64>,
    pub comment: Option<String>,
}

impl Reading {
    pub fn of(response: &Response<&[u8]>) -> Self {
        let status = response.status().as_u16();
        let object =
            Json::read(response.body()).filter(|json| matches!(json, Json::Object(_)) && json.has_distinct_members());
        Self {
            status,
            is_coded: is_coded(response.headers()),
            payment: object.as_ref().and_then(payment),
            is_problem: object.is_some_and(|object| is_problem(&object, status).unwrap_or(false)),
        }
    }

    /// Returns the payment that the response shows with one of these statuses.
    pub fn shown(&self, success: &[u16]) -> Option<&Payment> {
        self.payment.as_ref().filter(|_| !self.is_coded && success.contains(&self.status))
    }
}

fn is_coded(headers: &HeaderMap) -> bool {
    headers.get_all("content-encoding").iter().any(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        value.split(',').any(|coding| !matches!(coding.trim(), "" | "identity"))
    })
}

/// A member that may be missing or `null`, and otherwise is what `read` reads. `None` if it is something else.
fn optional<T>(object: &Json<'_>, name: &str, read: impl Fn(&Json<'_>) -> Option<T>) -> Option<Option<T>> {
    object.member(name).map_or(Some(None), |value| read(value).map(Some))
}

fn text(value: &Json<'_>) -> Option<String> {
    match value {
        Json::Text(text) => text.meaning.clone(),
        _ => None,
    }
}

fn amount(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
}

/// A list, which a mock in the wild leaves out by an empty text.
fn list<T>(object: &Json<'_>, name: &str, entry: impl Fn(&Json<'_>) -> Option<T>) -> Option<Vec<T>> {
    match object.member(name) {
        None => Some(Vec::new()),
        Some(Json::Text(text)) if text.raw.is_empty() => Some(Vec::new()),
        Some(Json::List(values)) => values.iter().map(entry).collect(),
        Some(_) => None,
    }
}

/// `true` or `false`, also as text if that is written without escapes.
fn flag(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::Text(text) => text.raw.parse().ok(),
        _ => None,
    }
}

fn payment(object: &Json<'_>) -> Option<Payment> {
    for name in ["region", "merchant", "currency", "comment"] {
        optional(object, name, text)?;
    }
    optional(object, "amount", amount)?;
    list(object, "operations", |entry| match entry {
        Json::Object(_) => {
            optional(entry, "type", text)?;
            optional(entry, "success", |value| matches!(value, Json::Bool(_)).then_some(())).map(drop)
        }
        _ => text(entry).map(drop),
    })?;
    Some(Payment {
        reference: text(object.member("payment")?)?,
        state: text(object.member("state")?)?,
        is_in_progress: optional(object, "operationInProgress", flag)?.unwrap_or(false),
        captures: list(object, "captures", posting)?,
        refunds: list(object, "refunds", posting)?,
    })
}

/// A posting, or one that is wrapped in another object.
fn posting(entry: &Json<'_>) -> Option<Posting> {
    let plain = |object: &Json<'_>| {
        matches!(object, Json::Object(_)).then_some(())?;
        Some(Posting { amount: optional(object, "amount", amount)?, comment: optional(object, "comment", text)? })
    };
    let outer = plain(entry)?;
    entry.member("capture").map_or(Some(outer), plain)
}

fn is_problem(object: &Json<'_>, status: u16) -> Option<bool> {
    let uri = text(object.member("type")?)?;
    let texts = [optional(object, "title", text)?, optional(object, "detail", text)?];
    let Json::Object(members) = object else {
        return None;
    };
    let said = members.iter().find(|(name, _)| name.meaning.as_deref() == Some("status")).map(|(_, value)| value);
    let number = status.to_string();
    let is_of_the_response = said.is_none_or(|said| *said == Json::Number(&number));
    let uri = uri.trim();
    let is_defined = match uri.rsplit_once('/') {
        Some((before, name)) => before.ends_with("/definitions/payments") && !name.is_empty(),
        None => false,
    };
    let is_whole = said.is_some() && texts.iter().all(Option::is_some);
    let is_blank = uri == "about:blank" && is_whole && [400, 401, 403].contains(&status);
    Some(is_of_the_response && uri.len() <= 256 && (is_defined || is_blank))
}
