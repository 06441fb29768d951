//! The documented problem documents.

use serde::Serialize;

/// A problem document in the order in which the API's documents print it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProblemBody {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    detail: String,
    status: u16,
}

impl ProblemBody {
    fn blank(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title,
            detail: detail.into(),
            status,
        }
    }

    fn defined(status: u16, name: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("https://api.bambora.com/definitions/payments/{name}"),
            title,
            detail: detail.into(),
            status,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::blank(400, "Bad Request", detail)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::blank(
            401,
            "Unauthorized",
            "The key is wrong, or the Authorization header was not set.",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::defined(404, "payment_not_found", "Payment not found", "")
    }

    pub(crate) fn unknown_path() -> Self {
        Self::defined(
            404,
            "payment_not_found",
            "Not found",
            "There is nothing at this path.",
        )
    }

    pub(crate) fn blocked() -> Self {
        Self::defined(
            409,
            "payment_operation_blocked",
            "Payment operation blocked",
            "The payment is being modified by another request.",
        )
    }

    pub(crate) fn wrong_state(state: &str) -> Self {
        Self::defined(
            422,
            "invalid_payment_state_transition",
            "Invalid payment state transition",
            format!("The payment is in state {state}."),
        )
    }

    pub(crate) fn server_error(status: u16) -> Self {
        Self::blank(status, "Server error", "")
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }
}
