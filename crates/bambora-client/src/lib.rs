//! What `bambora-hyper` and `bambora-blocking` share, for them and for authors of clients on other HTTP stacks.
//!
//! **In scope:** the builder and its settings, the TLS configuration, the check that keeps requests to one origin, the name
//! look-up, the `CONNECT` exchange with a proxy, the tracing spans of flows and exchanges, the reasons why an exchange fails, and the
//! [`Driver`] between a flow and a transport.
//!
//! **Out of scope:** sockets and HTTP, which are the clients' own.
//!
//! # Example
//!
//! A client on an HTTP stack of your own: a transport and a loop.
//!
//! ```
//! use bambora_client::{BuildClient, BuildError, ClientBuilder, Driver, Due, Received, Settings};
//! use bambora_core::flow::Connection;
//! use bambora_core::{Api, CancelFlow, Outcome, PaymentReference, TransportError};
//!
//! struct MyClient {
//!     api: Api,
//!     settings: Settings,
//! }
//!
//! impl BuildClient for MyClient {
//!     fn build_client(api: Api, settings: Settings) -> Result<Self, BuildError> {
//!         Ok(Self { api, settings })
//!     }
//! }
//!
//! impl MyClient {
//!     fn cancel(&self, reference: &PaymentReference) -> Outcome {
//!         let policy = self.settings.cancel_policy.clone();
//!         let mut driver = Driver::<CancelFlow>::begin(self.api.clone(), reference.clone(), policy);
//!         loop {
//!             match driver.due() {
//!                 Due::Exchange(exchange, request) => {
//!                     driver.finish(exchange, my_http_stack(request));
//!                 }
//!                 Due::Pause(duration) => std::thread::sleep(duration),
//!                 Due::Done(outcome) => return outcome,
//!             }
//!         }
//!     }
//! }
//!
//! fn my_http_stack(_request: http::Request<Vec<u8>>) -> Result<Received, TransportError> {
//!     let response = http::Response::new(br#"{"payment": "ORDER-1001", "state": "Canceled"}"#.to_vec());
//!     Ok(Received::new(response, Connection::Fresh))
//! }
//!
//! # use bambora_core::{Credentials, MerchantNumber, MerchantSecret, MerchantToken};
//! let api = Api::new(Credentials::new(
//!     MerchantNumber::new("123456789")?,
//!     MerchantToken::new("abcdefg")?,
//!     MerchantSecret::new("7AQu7FGB2Kwm")?,
//! ));
//! let client: MyClient = ClientBuilder::new().build(api)?;
//! assert!(matches!(client.cancel(&"ORDER-1001".parse()?), Outcome::Canceled(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `system-roots`: `RootStore::System`, the root certificates of the operating system.
//! - `tower`: `ServiceTransport`, which sends requests over any tower `Service`.
//! - `tracing`: the spans of flows and exchanges.

mod build_error;
mod builder;
mod client_certificate;
mod drivable;
mod driver;
mod event;
mod exchange_span;
mod failure;
mod flow_span;
mod limits;
mod name_lookup;
mod origin;
mod pem_certificates;
mod proxy;
mod proxy_failure;
mod response_head;
mod root_store;
#[cfg(feature = "tower")]
mod service_transport;
mod settings;
mod tls;
mod tunnel;

pub use build_error::BuildError;
pub use builder::{BuildClient, ClientBuilder};
pub use client_certificate::{ClientCertificate, InvalidClientCertificate};
pub use drivable::Drivable;
pub use driver::{Driver, Due, Exchange, Received};
pub use event::{CancelEvent, FlowEvent, PostingEvent};
pub use exchange_span::ExchangeSpan;
pub use failure::Failure;
pub use flow_span::FlowSpan;
pub use limits::{MAX_HEAD_BYTES, MAX_POOLED, MAX_POOLED_AGE};
pub use name_lookup::{NameLookup, PendingLookup};
pub use origin::{InvalidRequest, Origin};
pub use proxy::{InvalidProxy, Proxy};
pub use proxy_failure::ProxyFailure;
pub use response_head::check_response_head;
pub use root_store::RootStore;
#[cfg(feature = "tower")]
pub use service_transport::ServiceTransport;
pub use settings::Settings;
pub use tls::tls_config;
pub use tunnel::Tunnel;
