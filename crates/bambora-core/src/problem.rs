//! What the API says when it says no.

use std::fmt;

use http::StatusCode;
use serde::Deserialize;

use crate::{Printable, json_object};

/// A problem document: the body of an answer that refuses.
///
/// The API's schema requires `type`, `title`, `detail` and `status`. Reading is tolerant: only `type` must be there, since
/// it is what to match on. `detail` may be empty or end in a line break; the texts are kept as they came.
///
/// Its `Display` is for people and makes control characters harmless; [`kind`](Problem::kind) is for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The `type` member as it came: `about:blank` or a URI whose last path segment is the name.
    pub type_uri: String,
    /// A short text for people. Empty where the document has none.
    pub title: String,
    /// A longer text for people. Empty where the document has none.
    pub detail: String,
    /// The `status` member, where it is one. The answer's own status line is what counts.
    pub status: Option<u16>,
    /// Whether all members are there that the API's schema requires.
    is_whole: bool,
}

/// Where the API's own problem types are defined; the scheme and the host of the documented URIs vary.
const DEFINITIONS: &str = "/definitions/payments";

#[derive(Deserialize)]
struct ProblemDocument {
    #[serde(rename = "type")]
    type_uri: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    status: Option<serde_json::Value>,
}

impl Problem {
    /// Reads a problem document, whatever media type it was labelled with. `None` where `body` is not one.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let document: ProblemDocument = json_object::read(body).ok()?;
        let is_whole =
            document.title.is_some() && document.detail.is_some() && document.status.is_some();
        Some(Self {
            is_whole,
            type_uri: document.type_uri,
            title: document.title.unwrap_or_default(),
            detail: document.detail.unwrap_or_default(),
            status: document
                .status
                .and_then(|status| u16::try_from(status.as_u64()?).ok()),
        })
    }

    /// Whether this is how the API itself refuses with `status`. Others use problem documents too, and objects that have a
    /// `type`: what they say tells nothing of what the API did.
    pub(crate) fn is_of_the_api(&self, status: StatusCode) -> bool {
        let uri = self.type_uri.trim();
        let is_defined = uri
            .rsplit_once('/')
            .is_some_and(|(before, name)| before.ends_with(DEFINITIONS) && !name.is_empty());
        let is_blank = uri == "about:blank" && self.is_whole;
        (is_defined || is_blank) && self.status.is_none_or(|said| said == status.as_u16())
    }

    /// A problem of which no more is known than its type, and the status it came with.
    pub(crate) fn of_type(type_uri: String, status: u16) -> Self {
        Self {
            type_uri,
            title: String::new(),
            detail: String::new(),
            status: Some(status),
            is_whole: false,
        }
    }

    /// What kind of problem it is, by the last path segment of [`type_uri`](Problem::type_uri).
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        ProblemType::from_uri(&self.type_uri)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(self.kind().as_str()))?;
        for text in [self.title.trim(), self.detail.trim()] {
            if !text.is_empty() {
                write!(f, ": {}", Printable(text))?;
            }
        }
        Ok(())
    }
}

macro_rules! problem_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kinds of problem that the API documents, and room for others.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemType {
            $($(#[$doc])* $variant,)*
            /// A name that no document mentions, as it came.
            Other(String),
        }

        impl ProblemType {
            /// The name, as it stands at the end of the URI.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }

            fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name.to_owned()),
                }
            }
        }
    };
}

problem_types! {
    /// `about:blank`: the status says it all (400, 401, 403).
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
    /// 422: the payment's state does not allow the operation. Whether an already canceled payment answers so is not
    /// established.
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

impl ProblemType {
    /// The scheme and host of the documented URIs vary, and one page prints a trailing blank: only the end counts.
    fn from_uri(uri: &str) -> Self {
        let uri = uri.trim().trim_end_matches('/');
        Self::from_name(uri.rsplit('/').next().unwrap_or(uri))
    }
}

impl fmt::Display for ProblemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(self.as_str()))
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
            assert_eq!(ProblemType::from_uri(uri), ProblemType::PaymentNotFound);
        }
        assert_eq!(
            ProblemType::from_uri("about:blank"),
            ProblemType::AboutBlank
        );
        let other = ProblemType::from_uri("https://x/definitions/payments/brand_new");
        assert_eq!(other, ProblemType::Other("brand_new".into()));
        assert_eq!(other.as_str(), "brand_new");
    }

    #[test]
    fn only_the_type_must_be_there() {
        let whole = Problem::read(
            br#"{"type":"about:blank","title":"Bad","detail":"x\n","status":400,"more":[]}"#,
        )
        .unwrap();
        assert_eq!((whole.status, whole.detail.as_str()), (Some(400), "x\n"));
        assert_eq!(whole.to_string(), "about:blank: Bad: x");
        assert!(Problem::read(br#"{"type":"about:blank","detail":null}"#).is_some());
        for body in [
            &b""[..],
            b"{}",
            b"[]",
            b"null",
            b"<html>",
            b"{\"type\":7}",
            b"{\"type\":\"about:blank\"",
            b"\xff",
        ] {
            assert_eq!(Problem::read(body), None);
        }
    }

    #[test]
    fn only_the_apis_own_words_count_as_its_refusal() {
        let forbidden = StatusCode::FORBIDDEN;
        for own in [
            r#"{"type":"about:blank","title":"Forbidden","detail":"","status":403}"#,
            r#"{"type":"http://api.bambora.com/definitions/payments/cannot_cancel"}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/brand_new ","status":403}"#,
        ] {
            assert!(
                Problem::read(own.as_bytes())
                    .unwrap()
                    .is_of_the_api(forbidden),
                "{own}"
            );
        }
        for foreign in [
            r#"{"type":"error","message":"upstream denied"}"#,
            r#"{"type":"about:blank"}"#,
            r#"{"type":"about:blank","title":"Forbidden","detail":"","status":500}"#,
            r#"{"type":"Sender","title":"x","detail":"x","status":403}"#,
            r#"{"type":"https://gateway.example/errors/denied","title":"x","detail":"x","status":403}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/"}"#,
            r#"{"type":"https://api.bambora.com/definitions/payments/cannot_cancel","status":500}"#,
            r#"{"type":"","title":"x","detail":"x","status":403}"#,
        ] {
            let problem = Problem::read(foreign.as_bytes()).unwrap();
            assert!(!problem.is_of_the_api(forbidden), "{foreign}");
        }
    }

    #[test]
    fn what_a_server_says_cannot_drive_a_terminal() {
        let problem = Problem::read(br#"{"type":"a/\u001b[2J","title":"\u0007"}"#).unwrap();
        assert!(!problem.to_string().chars().any(char::is_control));
    }
}
