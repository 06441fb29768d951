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
    const NAMES: [(&str, Self); 6] = [
        ("cancel", Self::Cancel),
        ("query", Self::Query),
        ("authorize", Self::Authorize),
        ("authorize_card", Self::AuthorizeCard),
        ("capture", Self::Capture),
        ("refund", Self::Refund),
    ];

    /// Returns the name that the control API has for the operation.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, operation)| *operation == self).map_or("", |(name, _)| name)
    }

    /// Returns the operation of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation)
    }

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
