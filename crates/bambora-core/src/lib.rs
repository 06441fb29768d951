//! A sans-IO client of the Bambora Payments API (the beta dialect of 2016): builds [`http::Request`] values, parses
//! [`http::Response`] values, and never claims more about money than it knows.
//!
//! **In scope:** credentials, references and base URLs that are valid once they exist; the requests of the API's operations;
//! parsing any response without a panic and without losing any of it; the [`CancelFlow`] and the
//! [`PostingFlow`](posting::PostingFlow), which decide what to send next until a cancel, a capture or a refund is resolved.
//!
//! **Out of scope:** sockets, TLS, clocks, randomness, files, threads, logging. Any HTTP stack can send the requests;
//! `bambora-hyper` and `bambora-blocking` are clients that are ready to use.
//!
//! # Example
//!
//! ```
//! use bambora_core::{
//!     Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken, OperationExt,
//! };
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let api = Api::new(Credentials::new(
//!         MerchantNumber::new("123456789")?,
//!         MerchantToken::new("abcdefg")?,
//!         MerchantSecret::new("7AQu7FGB2Kwm")?,
//!     ));
//!     let cancel = CancelPayment::new("ORDER-1001".parse()?);
//!     let request: http::Request<Vec<u8>> = api.request(&cancel); // cannot fail
//!
//!     let response: http::Response<Vec<u8>> = any_http_stack(request)?;
//!
//!     let payment = cancel.parse(&response)?; // an error keeps the whole response
//!     println!("{} is {}", payment.payment, payment.state);
//!     Ok(())
//! }
//!
//! # fn any_http_stack(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
//! #     Ok(http::Response::new(br#"{"payment":"ORDER-1001","state":"Canceled"}"#.to_vec()))
//! # }
//! ```
//!
//! # Features
//!
//! `serde` (off by default): `Serialize` and `Deserialize` for payments, problems, outcomes, and the results of exchanges that are
//! fed to a flow. Credentials never have either.

mod api;
mod base_url;
mod bounded;
mod checkpoint_text;
mod credential_parts;
mod credentials;
mod delivery;
mod error;
mod escaped;
pub mod flow;
mod merchant;
mod money;
mod open_enum;
pub mod operations;
pub mod payment;
pub mod posting;
mod problem;
mod reference;
mod response_error;
mod secret;
mod strict_json;
mod text_type;

pub use api::Api;
pub use base_url::BaseUrl;
pub use credential_parts::{MerchantNumber, MerchantSecret, MerchantToken};
pub use credentials::Credentials;
pub use delivery::{Delivery, TransportError};
pub use error::Error;
pub use escaped::Escaped;
pub use flow::{CancelFlow, CancelPolicy, Checkpoint, Outcome};
pub use merchant::Merchant;
pub use money::{Amount, Currency};
pub use operations::{CancelPayment, CapturePayment, Operation, OperationExt, QueryPayment, RefundPayment};
pub use payment::{Payment, PaymentState};
pub use problem::{Problem, ProblemType};
pub use reference::PaymentReference;
pub use response_error::ResponseError;

/// Why a value or a response was rejected: the error types that most programs only print.
pub mod errors {
    pub use crate::base_url::InvalidBaseUrl;
    pub use crate::checkpoint_text::InvalidCheckpoint;
    pub use crate::credential_parts::InvalidCredentials;
    pub use crate::flow::policy::InvalidPolicy;
    pub use crate::merchant::MerchantMismatch;
    pub use crate::money::{InvalidAmount, InvalidCurrency};
    pub use crate::operations::card_token::InvalidCardToken;
    pub use crate::operations::comment::InvalidComment;
    pub use crate::posting::key::InvalidPostingKey;
    pub use crate::reference::InvalidReference;
    pub use crate::response_error::{Mismatch, ResponseErrorKind};
}
