//! The operations of the API, one file each, the traits that they share, and the values that only they have.

mod authorize_card_payment;
mod authorize_token_payment;
mod cancel_payment;
mod capture_payment;
pub(crate) mod card_token;
pub(crate) mod comment;
mod operation;
mod posting_body;
mod query_payment;
mod refund_payment;

pub use authorize_card_payment::{AuthorizeCardPayment, EncryptedCard, EncryptedSessionKey};
pub use authorize_token_payment::AuthorizeTokenPayment;
pub use cancel_payment::CancelPayment;
pub use capture_payment::CapturePayment;
pub use card_token::CardToken;
pub use comment::Comment;
pub use operation::{Operation, OperationExt};
pub use query_payment::QueryPayment;
pub use refund_payment::RefundPayment;
