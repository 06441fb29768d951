//! What an observer of a cancel is told.

use std::fmt;
use std::time::Duration;

use bambora_core::flow::RequestKind;
use bambora_core::{Checkpoint, Delivery, TransportError};
use http::StatusCode;

/// What a client tells the observer of a cancel: for progress bars, logs, metrics, and for storing the checkpoint before a
/// request leaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CancelEvent {
    /// A request is about to be sent; nothing of it has left yet. Whatever has to survive a crash is stored now.
    #[non_exhaustive]
    Sending {
        /// The request.
        kind: RequestKind,
        /// What to resume from. Store it before you let the request go.
        checkpoint: Checkpoint,
    },
    /// A response came.
    Received(StatusCode),
    /// No usable response came.
    Failed(TransportError),
    /// The time to wait before the next request.
    Waiting(Duration),
}

impl fmt::Display for CancelEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sending { kind, .. } => write!(f, "sending {kind}"),
            Self::Received(status) => write!(f, "received {}", status.as_u16()),
            Self::Failed(error) => match error.delivery() {
                Delivery::NotSent => f.write_str("not sent"),
                Delivery::Unknown => f.write_str("no response"),
            },
            Self::Waiting(duration) => write!(f, "waiting {:.1} s", duration.as_secs_f64()),
        }
    }
}
