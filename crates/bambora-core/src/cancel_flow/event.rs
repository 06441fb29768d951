//! What the driver of a flow reports while it works.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::{CancelPayment, Delivery, Operation as _, QueryPayment, TransportError};

/// Which of its two requests a flow makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a flow makes these two requests; a third would be another flow"
)]
pub enum RequestKind {
    /// The cancel request.
    Cancel,
    /// A query.
    Query,
}

impl RequestKind {
    /// The API's operation id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => CancelPayment::NAME,
            Self::Query => QueryPayment::NAME,
        }
    }
}

/// What the driver of a [`CancelFlow`](crate::CancelFlow) reports to an observer, together with the flow itself: for progress
/// bars, logs, metrics, and for storing the checkpoint before a request leaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CancelEvent {
    /// A request is about to be sent. What has to survive a crash is stored now.
    Sending(RequestKind),
    /// An answer came, and the flow has seen it.
    Answered(StatusCode),
    /// No answer came, and the flow knows.
    Failed(TransportError),
    /// Nothing is sent for so long.
    Waiting(Duration),
}

impl fmt::Display for CancelEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sending(kind) => write!(f, "sending {}", kind.as_str()),
            Self::Answered(status) => write!(f, "answered {}", status.as_u16()),
            Self::Failed(error) => match error.delivery() {
                Delivery::NotSent => f.write_str("could not be sent"),
                Delivery::Unknown => f.write_str("no answer"),
            },
            Self::Waiting(duration) => write!(f, "waiting {:.1} s", duration.as_secs_f64()),
        }
    }
}
