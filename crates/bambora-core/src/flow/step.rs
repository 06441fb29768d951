//! What a flow asks its driver to do.

use std::time::Duration;

use super::outcome::Outcome;
use super::request_kind::RequestKind;

/// What the driver of a flow has to do next.
///
/// The flow of a cancel sends [`RequestKind`]s and ends with an [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "a driver must be able to do everything it is asked")]
pub enum Step<K = RequestKind, O = Outcome> {
    /// Send this request once, and feed its result.
    Send(K),
    /// Wait, and step again.
    Wait(Duration),
    /// The flow has ended. Stepping again gives the same.
    Done(O),
}
