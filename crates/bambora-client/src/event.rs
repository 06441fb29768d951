//! The events of a flow.

use std::fmt;
use std::time::Duration;

use bambora_core::flow::RequestKind;
use bambora_core::posting::{PostingCheckpoint, PostingRequestKind};
use bambora_core::{Checkpoint, Delivery, TransportError};
use http::StatusCode;

/// What happens in a flow, for its observer: for progress bars, logs, metrics, and for storing the checkpoint before a request
/// leaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FlowEvent<K, C> {
    /// A request is about to be sent; nothing of it has left yet. Whatever has to survive a crash is stored now.
    #[non_exhaustive]
    Sending {
        /// The request.
        kind: K,
        /// What to resume from. Store it before you let the request go.
        checkpoint: C,
    },
    /// A query is about to be sent, and there is nothing to store: a capture or refund looks before it posts.
    #[non_exhaustive]
    Looking {
        /// The request.
        kind: K,
    },
    /// A response came.
    Received(StatusCode),
    /// No usable response came.
    Failed(TransportError),
    /// The time to wait before the next request.
    Waiting(Duration),
}

/// An event of a cancel.
pub type CancelEvent = FlowEvent<RequestKind, Checkpoint>;
/// An event of a capture or refund.
pub type PostingEvent = FlowEvent<PostingRequestKind, PostingCheckpoint>;

impl<K: fmt::Display, C> fmt::Display for FlowEvent<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sending { kind, .. } | Self::Looking { kind } => write!(f, "sending {kind}"),
            Self::Received(status) => write!(f, "received {}", status.as_u16()),
            Self::Failed(error) => match error.delivery() {
                Delivery::NotSent => f.write_str("not sent"),
                Delivery::Unknown => f.write_str("no response"),
            },
            Self::Waiting(duration) => write!(f, "waiting {:.1} s", duration.as_secs_f64()),
        }
    }
}
