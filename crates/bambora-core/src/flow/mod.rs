//! The safe cancel: a state machine that goes on until the cancel is resolved, within a budget.
//!
//! [`CancelFlow`] is the machine. It asks for one [`Step`] after the other, and is fed the [`ExchangeResult`] of each exchange.
//! It has no clock, no socket, no credentials and no request, so it can be replayed from a log of results, and can run inside
//! a durable workflow.

mod backoff;
mod cancel_flow;
mod cause;
mod checkpoint;
mod exchange_result;
mod observation;
mod outcome;
pub(crate) mod policy;
mod request_kind;
mod schedule;
mod step;
mod table;

pub use cancel_flow::CancelFlow;
pub use cause::Cause;
pub use checkpoint::Checkpoint;
pub use exchange_result::{Connection, ExchangeResult};
pub use observation::Observation;
pub use outcome::{Canceled, Confirmation, NotCanceled, NotSent, Outcome, OutcomeKind, Refused, Unknown};
pub use policy::{CancelPolicy, CancelPolicyBuilder};
pub use request_kind::RequestKind;
pub(crate) use schedule::{Kind, Schedule};
pub use step::Step;
