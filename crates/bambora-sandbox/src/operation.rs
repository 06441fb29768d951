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
    /// Returns the operation that a POST to `/payments/{reference}/{action}/` asks for.
    pub(crate) fn from_action(action: &str) -> Option<Self> {
        Some(match action {
            "cancel" => Self::Cancel,
            "card_token_authorization" => Self::Authorize,
            "encrypted_card_authorization" => Self::AuthorizeCard,
            "capture" => Self::Capture,
            "refund" => Self::Refund,
            _ => return None,
        })
    }
}
