//! The operations that the sandbox knows.

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `cancel_payment`.
    Cancel,
    /// `query_payment`.
    Query,
    /// `authorize_token_payment`.
    Authorize,
    /// `authorize_card_payment`.
    AuthorizeCard,
    /// `capture_payment`.
    Capture,
    /// `refund_payment`.
    Refund,
}

impl Operation {
    /// Each operation with the name that the control API has for it, and with the action of the paths that it is posted to.
    const ALL: [(Self, &'static str, Option<&'static str>); 6] = [
        (Self::Cancel, "cancel", Some("cancel")),
        (Self::Query, "query", None),
        (Self::Authorize, "authorize", Some("card_token_authorization")),
        (Self::AuthorizeCard, "authorize_card", Some("encrypted_card_authorization")),
        (Self::Capture, "capture", Some("capture")),
        (Self::Refund, "refund", Some("refund")),
    ];

    /// Returns the name that the control API has for the operation.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(operation, ..)| *operation == self).map_or("", |(_, name, _)| name)
    }

    /// Returns the operation of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(operation, ..)| *operation)
    }

    /// Returns the operation that a POST to `/payments/{reference}/{action}/` asks for.
    pub(crate) fn from_action(action: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == Some(action)).map(|(operation, ..)| *operation)
    }
}
