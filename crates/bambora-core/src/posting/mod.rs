//! Captures and refunds, exactly once.
//!
//! The API has no idempotency key, but a capture and a refund have a comment that comes back in the payment object. A comment that
//! is unique within the payment serves as the key: a [`PostingKey`]. [`PostingFlow`] looks for it before it posts, and after a
//! lost response it looks for it instead of posting again.

mod checkpoint;
pub(crate) mod key;
mod order;
mod outcome;
mod policy;
mod posting_flow;
mod request_kind;
mod table;

pub use crate::payment::PostingMatch;
pub use checkpoint::PostingCheckpoint;
pub use key::PostingKey;
pub use order::{PostingKind, PostingOrder};
pub use outcome::{NotPosted, Posted, PostingNotSent, PostingOutcome, PostingRefused, PostingUnknown, RefusedBy};
pub use policy::PostingPolicy;
pub use posting_flow::PostingFlow;
pub use request_kind::PostingRequestKind;
