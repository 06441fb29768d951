//! Responses that say that the run is wrong, not the payment.

use http::StatusCode;

/// How a run goes on after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The response is about the payment.
    Pass,
    /// Do not record it yet: possibly no payment is found at all.
    Hold,
    /// Begin nothing more, and do not record this response.
    Stop(StopReason),
}

/// Why a run must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StopReason {
    /// The credentials were not accepted.
    #[error("the API does not accept the credentials (401): correct them, then go on with the journal")]
    Unauthorized,
    /// The credentials are not permitted to do this.
    #[error("the credentials are not permitted to do this (403): have them permitted, then go on with the journal")]
    Forbidden,
    /// No payment was found.
    #[error(
        "no payment was found: all of the first {responses} responses were 404: check the merchant, the base URL and the list"
    )]
    #[non_exhaustive]
    NothingFound {
        /// How many responses there were.
        responses: u32,
    },
}

impl StopReason {
    /// The reason in a few words, as rows have it.
    pub(crate) fn problem(self) -> &'static str {
        match self {
            Self::Unauthorized => "401: credentials not accepted",
            Self::Forbidden => "403: not permitted",
            Self::NothingFound { .. } => "404: no payment was found",
        }
    }
}

/// Watches the statuses of a run's responses.
#[derive(Clone, Debug)]
pub struct Gate {
    /// How many responses there were, as long as all were 404.
    not_found: Option<u32>,
}

impl Gate {
    /// How many responses of 404 at the beginning stop a run.
    pub const NOT_FOUND_LIMIT: u32 = 20;

    /// A gate that stops a run whose first responses are all 404.
    #[must_use]
    pub fn new() -> Self {
        Self { not_found: Some(0) }
    }

    /// A gate that lets every 404 pass, once a person has said that they are right.
    #[must_use]
    pub fn with_any_not_found() -> Self {
        Self { not_found: None }
    }

    /// Returns `true` if a 404 is to be held back: no other response came yet.
    #[must_use]
    pub fn holds_not_found(&self) -> bool {
        self.not_found.is_some()
    }

    /// Checks the next response's status. After [`Decision::Pass`], what was held before may be recorded.
    pub fn check(&mut self, status: StatusCode) -> Decision {
        match (status, &mut self.not_found) {
            (StatusCode::UNAUTHORIZED, _) => Decision::Stop(StopReason::Unauthorized),
            (StatusCode::FORBIDDEN, _) => Decision::Stop(StopReason::Forbidden),
            (StatusCode::NOT_FOUND, Some(count)) => {
                *count += 1;
                if *count >= Self::NOT_FOUND_LIMIT {
                    Decision::Stop(StopReason::NothingFound { responses: *count })
                } else {
                    Decision::Hold
                }
            }
            // A server in trouble has not looked for any payment.
            (StatusCode::TOO_MANY_REQUESTS, _) => Decision::Pass,
            _ if status.is_server_error() => Decision::Pass,
            _ => {
                self.not_found = None;
                Decision::Pass
            }
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
