//! The operations of the API, one file each, and the traits that they share.

mod authorize_token_payment;
mod cancel_payment;
mod operation;
mod query_payment;

pub use authorize_token_payment::AuthorizeTokenPayment;
pub use cancel_payment::CancelPayment;
pub use operation::{Operation, OperationExt};
pub use query_payment::QueryPayment;
