//! The Bambora Payments API (beta dialect of 2016) without any input or output: builds [`http::Request`] values, reads
//! [`http::Response`] values, and says no more about money than it knows.
//!
//! **In scope:** credentials, references and addresses that are valid once they exist; the requests of the operations
//! below; reading any answer whatsoever without a panic and without losing any of it; telling a proven success from
//! everything else.
//!
//! **Out of scope:** sockets, TLS, time, randomness, threads, logging. Any HTTP stack can carry the requests;
//! `bambora-hyper` and `bambora-blocking` are two that are ready to use.
//!
//! # A whole example
//!
//! ```
//! use bambora_core::{
//!     Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Operation,
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
//!     let payment = cancel.parse(&response)?; // the proof, or an error that keeps the whole answer
//!     println!("{} is {}", payment.payment, payment.state);
//!     Ok(())
//! }
//!
//! # fn any_http_stack(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
//! #     Ok(http::Response::new(br#"{"payment":"ORDER-1001","state":"Canceled"}"#.to_vec()))
//! # }
//! ```

mod api;
mod authorize_token_payment;
mod base_url;
mod cancel_flow;
mod cancel_payment;
mod card_token;
mod client_builder;
mod comment;
mod credentials;
mod delivery;
mod error;
mod json_object;
mod money;
mod operation;
mod payment;
mod payment_reading;
mod payment_writing;
mod printable;
mod problem;
mod query_payment;
mod reference;
mod response_error;
mod sendable;

pub use api::Api;
pub use authorize_token_payment::AuthorizeTokenPayment;
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use cancel_flow::{
    Basis, CancelEvent, CancelFlow, CancelPolicy, CancelPolicyBuilder, Canceled, Checkpoint,
    Evidence, InvalidCheckpoint, InvalidPolicy, NotCanceled, NotSent, Outcome, OutcomeKind,
    Refusal, Refused, RequestKind, ResumeError, Step, Unknown,
};
pub use cancel_payment::CancelPayment;
pub use card_token::{CardToken, InvalidCardToken};
pub use client_builder::{BuildClient, BuildError, ClientBuilder, ClientSettings};
pub use comment::{Comment, InvalidComment};
pub use credentials::{
    Credentials, InvalidCredentials, MerchantNumber, MerchantSecret, MerchantToken,
};
pub use delivery::{Delivery, TransportError};
pub use error::{Error, ErrorKind};
pub use money::{Amount, Currency, InvalidAmount, InvalidCurrency};
pub use operation::{DEFAULT_BODY_LIMIT, Operation};
pub use payment::{Card, Payment, PaymentOperation, PaymentState, Posting};
pub use printable::Printable;
pub use problem::{Problem, ProblemType};
pub use query_payment::QueryPayment;
pub use reference::{InvalidReference, PaymentReference};
pub use response_error::{Doubt, Reason, ResponseError, Unreadable};
pub use sendable::UnsendableRequest;
