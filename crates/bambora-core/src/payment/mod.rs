//! The payment object, its parts, and what is kept of one.

mod object;
mod reading;
mod state;
mod summary;

pub use object::{Card, Payment, PaymentOperation, Posting};
pub(crate) use reading::read_payment;
pub use state::PaymentState;
pub use summary::{PaymentSummary, PostingMatch};
