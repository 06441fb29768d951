//! Problem documents.

use std::fmt;

use http::StatusCode;
use serde::{Deserialize, Deserializer};

use crate::bounded::bounded;
use crate::escaped::Escaped;
use crate::open_enum::open_enum;
use crate::strict_json;

/// A problem document of the API: it refuses a request, and says why.
///
/// Only the API's own documents count as one. Gateways and web frameworks send objects with a `type` too, and what they say
/// says nothing about what the API did. A document is the API's own if its type is one of
/// `…/definitions/payments/<name>`, or `about:blank` with all members that the schema requires and one of the statuses that
/// are documented for it (400, 401, 403); and if its `status`, which may be missing, is the number of the response.
///
/// `detail` may be empty or end in a line break; the texts are kept as they came. `Display` is for people and escapes control
/// characters; [`kind`](Problem::kind) is for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Problem {
    /// The status of the response.
    pub status: u16,
    /// The `type` member: `about:blank`, or a URI whose last path segment is the name.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub type_uri: String,
    /// A short text for people. Empty if the document has none.
    pub title: String,
    /// A longer text for people. Empty if the document has none.
    pub detail: String,
}

/// Where the API's own problem types are defined; the scheme of the documented URIs varies.
const DEFINITIONS: &str = "/definitions/payments";
/// More than any documented type has, and little enough to be kept. In bytes.
const MAX_TYPE: usize = 256;
/// How much of a text for people is kept in an outcome, in bytes.
const MAX_TEXT: usize = 300;

#[derive(Deserialize)]
struct ProblemDocument {
    #[serde(rename = "type")]
    type_uri: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    /// `Some(null)` for a `null`, which is not the number of the response.
    #[serde(default, deserialize_with = "present")]
    status: Option<serde_json::Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

impl ProblemDocument {
    fn is_of_the_api(&self, status: u16) -> bool {
        let uri = self.type_uri.trim();
        let is_defined =
            uri.rsplit_once('/').is_some_and(|(before, name)| before.ends_with(DEFINITIONS) && !name.is_empty());
        let is_whole = self.title.is_some() && self.detail.is_some() && self.status.is_some();
        let is_blank = uri == "about:blank" && is_whole && matches!(status, 400 | 401 | 403);
        let is_of_the_response = self.status.as_ref().is_none_or(|said| said.as_u64() == Some(u64::from(status)));
        (is_defined || is_blank) && is_of_the_response && uri.len() <= MAX_TYPE
    }
}

impl Problem {
    /// Creates a problem without texts, for a test double: `Problem::new(404, "payment_not_found")`.
    #[must_use]
    pub fn new(status: u16, type_uri: impl Into<String>) -> Self {
        Self { status, type_uri: type_uri.into(), title: String::new(), detail: String::new() }
    }

    /// Reads a problem document of the API, whatever its media type. `None` if `body` is not one.
    pub(crate) fn read(status: StatusCode, body: &[u8]) -> Option<Self> {
        let document: ProblemDocument = strict_json::read(body).ok()?;
        let status = status.as_u16();
        document.is_of_the_api(status).then_some(Self {
            status,
            type_uri: document.type_uri,
            title: document.title.unwrap_or_default(),
            detail: document.detail.unwrap_or_default(),
        })
    }

    /// The same with texts that are short enough to be kept.
    pub(crate) fn bounded(&self) -> Self {
        Self {
            status: self.status,
            type_uri: bounded(self.type_uri.trim(), MAX_TYPE),
            title: bounded(self.title.trim(), MAX_TEXT),
            detail: bounded(self.detail.trim(), MAX_TEXT),
        }
    }

    /// Returns the kind of problem, by the last path segment of [`type_uri`](Problem::type_uri).
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        // The scheme of the documented URIs varies, and one page prints a trailing blank: only the end counts.
        let uri = self.type_uri.trim().trim_end_matches('/');
        uri.rsplit('/').next().unwrap_or(uri).into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.kind())?;
        for text in [self.title.trim(), self.detail.trim()] {
            if !text.is_empty() {
                write!(f, ": {}", Escaped(text))?;
            }
        }
        Ok(())
    }
}

open_enum! {
    /// The kinds of problem that the API documents, and any other.
    pub enum ProblemType {
        /// `about:blank`: the status gives the kind (400, 401, 403).
        AboutBlank = "about:blank",
        /// 400.
        InvalidCardInformation = "invalid_card_information",
        /// 400.
        ExpiredCard = "expired_card",
        /// 400.
        CurrencyNotSupported = "currency_not_supported",
        /// 402.
        CannotAuthorize = "cannot_authorize",
        /// 402. When it is given rather than `invalid_payment_state_transition` is not established.
        CannotCancel = "cannot_cancel",
        /// 402.
        CannotCapture = "cannot_capture",
        /// 402.
        CannotRefund = "cannot_refund",
        /// 402.
        InsufficientFunds = "insufficient_funds",
        /// 404, for an unknown path too.
        PaymentNotFound = "payment_not_found",
        /// 409: another request is modifying the payment. How long that lasts is not established.
        PaymentOperationBlocked = "payment_operation_blocked",
        /// 422: the payment's state does not allow the operation. Whether a payment that is canceled already gets this response is
        /// not established.
        InvalidPaymentStateTransition = "invalid_payment_state_transition",
        /// 451.
        CardTypeNotAccepted = "card_type_not_accepted",
        /// 451.
        InvalidCard = "invalid_card",
        /// 451.
        BlockedByIssuer = "blocked_by_issuer",
        /// 451.
        ThreeDSecureRequired = "3d_secure_required",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_path_segment_decides() {
        for uri in [
            "http://api.bambora.com/definitions/payments/payment_not_found",
            "https://api.bambora.com/definitions/payments/payment_not_found",
            "https://api.bambora.com/definitions/payments/payment_not_found ",
            "payment_not_found",
        ] {
            assert_eq!(Problem::new(404, uri).kind(), ProblemType::PaymentNotFound);
        }
        assert_eq!(Problem::new(403, "about:blank").kind(), ProblemType::AboutBlank);
        let other = Problem::new(404, "https://x/definitions/payments/brand_new").kind();
        assert_eq!(other, ProblemType::Other("brand_new".into()));
        assert_eq!(other.as_str(), "brand_new");
    }

    fn read(status: u16, body: &str) -> Option<Problem> {
        Problem::read(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn texts_are_kept_as_they_came() {
        let whole = read(400, r#"{"type":"about:blank","title":"Bad","detail":"x\n","status":400,"more":[]}"#).unwrap();
        assert_eq!((whole.status, whole.detail.as_str()), (400, "x\n"));
        assert_eq!(whole.to_string(), "400 about:blank: Bad: x");
        for body in ["", "{}", "[]", "null", "<html>", r#"{"type":7}"#] {
            assert_eq!(read(400, body), None);
        }
    }

    #[test]
    fn only_the_apis_own_documents_count() {
        for own in [
            r#"{"type":"about:blank","title":"Forbidden","detail":"","status":403}"#,
            r#"{"type":"http://api.bambora.com/definitions/payments/cannot_cancel"}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/brand_new ","status":403}"#,
        ] {
            assert!(read(403, own).is_some(), "{own}");
        }
        let long = "x".repeat(300);
        let long = format!(r#"{{"type":"https://api.bambora.com/definitions/payments/{long}"}}"#);
        for foreign in [
            r#"{"type":"error","message":"upstream denied"}"#,
            r#"{"type":"about:blank"}"#,
            r#"{"type":"about:blank","title":"Forbidden","detail":""}"#,
            r#"{"type":"about:blank","title":"Forbidden","status":403}"#,
            r#"{"type":"about:blank","detail":"","status":403}"#,
            r#"{"type":"about:blank","title":"Forbidden","detail":"","status":500}"#,
            r#"{"type":"Sender","title":"x","detail":"x","status":403}"#,
            r#"{"type":"https://gateway.example/errors/denied","title":"x","detail":"x","status":403}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/"}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":500}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":"403"}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":403.0}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":65939}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":{}}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":null}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","x":1,"x":1}"#,
            r#"{"type":"","title":"x","detail":"x","status":403}"#,
            long.as_str(),
        ] {
            assert_eq!(read(403, foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_type_of_up_to_256_bytes_is_the_apis_own() {
        let read = |bytes: usize| {
            let uri = format!("{:x<bytes$}", "https://api.bambora.com/definitions/payments/");
            read(403, &format!(r#"{{"type":"{uri}"}}"#))
        };
        assert_eq!(read(256).unwrap().bounded().type_uri.len(), 256);
        assert_eq!(read(257), None);
    }

    #[test]
    fn a_blank_type_is_the_apis_own_for_the_documented_statuses_only() {
        let of = |status: u16| {
            let body = format!(r#"{{"type":"about:blank","title":"","detail":"","status":{status}}}"#);
            read(status, &body).is_some()
        };
        let own: Vec<u16> = (200..600).filter(|status| of(*status)).collect();
        assert_eq!(own, [400, 401, 403]);
    }

    #[test]
    fn what_a_server_says_cannot_drive_a_terminal() {
        let mut problem = Problem::new(404, "a/\u{1b}[2J");
        problem.title = "\u{7}".to_owned();
        assert!(!problem.to_string().chars().any(char::is_control));
    }
}
