//! The operations of the API, one file each, and the traits that they share.

mod authorize_card_payment;
mod authorize_token_payment;
mod cancel_payment;
mod capture_payment;
mod operation;
mod posting_body;
mod query_payment;
mod refund_payment;

pub use authorize_card_payment::{AuthorizeCardPayment, EncryptedCard, EncryptedSessionKey};
pub use authorize_token_payment::AuthorizeTokenPayment;
pub use cancel_payment::CancelPayment;
pub use capture_payment::CapturePayment;
pub use operation::{Operation, OperationExt};
pub use query_payment::QueryPayment;
pub use refund_payment::RefundPayment;
