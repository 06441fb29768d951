//! An async client of the Bambora Payments API (the beta dialect of 2016), on [hyper] and tokio.
//!
//! **In scope:** sending the requests of `bambora-core` over HTTP/1.1 and TLS; timeouts and limits; telling exactly if a failed
//! request can have reached the server; driving a cancel, capture or refund to its outcome.
//!
//! **Out of scope:** what requests and responses mean, which is `bambora-core`'s; other runtimes than tokio; HTTP/2, redirects,
//! cookies, compression.
//!
//! This crate re-exports `bambora-core`, so one dependency is enough.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use bambora_hyper::{Client, Outcome, PaymentReference};
//! use bambora_sandbox::Sandbox;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The API on this machine. For the real one: `Api::new(credentials)`.
//!     let sandbox = Sandbox::start()?;
//!     sandbox.authorize("ORDER-1001");
//!     let client = Client::new(sandbox.api());
//!
//!     let reference: PaymentReference = "ORDER-1001".parse()?;
//!     let mut cancel = client.cancel(&reference);
//!     match tokio::time::timeout(Duration::from_secs(10), &mut cancel).await {
//!         Ok(Outcome::Canceled(canceled)) => println!("{reference}: {canceled}"),
//!         Ok(Outcome::Refused(refused)) => return Err(refused.into()),
//!         Ok(Outcome::NotSent(not_sent)) => return Err(not_sent.into()),
//!         // In both cases it is not resolved yet: store the checkpoint, and resume later.
//!         Ok(Outcome::Unknown(unknown)) => println!("resume from {}", unknown.checkpoint),
//!         Err(_timeout) => println!("resume from {:?}", cancel.checkpoint()),
//!     }
//!     assert!(sandbox.is_canceled("ORDER-1001"));
//!     Ok(())
//! }
//! ```
//!
//! # The runtime
//!
//! Every call needs a tokio runtime with its time and I/O drivers, as `#[tokio::main]` makes it. Without a runtime nothing is
//! sent; a runtime built by hand without these drivers panics, in tokio. An exchange lives in the future of its call: dropping
//! the future closes the socket.
//!
//! # Behind a company's gateway
//!
//! All of this is opt-in, and nothing of it comes from the environment, except that `SSL_CERT_FILE` and `SSL_CERT_DIR` name the
//! certificates of `RootStore::System`:
//!
//! ```no_run
//! use bambora_hyper::{Client, ClientCertificate, Proxy, RootStore};
//!
//! # fn example(api: bambora_hyper::Api, password: &str) -> Result<Client, Box<dyn std::error::Error>> {
//! let client = Client::builder()
//!     // A private authority instead of the web PKI's. There may be several certificates in the file.
//!     .root_store(RootStore::Empty)
//!     .add_root_certificates_pem(&std::fs::read("authority.pem")?)?
//!     // For a server that asks for a client certificate.
//!     .client_certificate(ClientCertificate::from_pem(&std::fs::read("client.pem")?, &std::fs::read("client.key")?)?)
//!     // An HTTP proxy that opens tunnels. If it cannot be reached or refuses, nothing is sent.
//!     .proxy(Proxy::new("http://proxy.example:3128")?.basic_auth("shop", password)?)
//!     .build(api)?;
//! # Ok(client)
//! # }
//! ```
//!
//! # Features
//!
//! - `serde`: see `bambora-core`.
//! - `system-roots`: `RootStore::System`, the root certificates of the operating system.
//! - `tracing`: see below.
//!
//! # Spans and metrics
//!
//! With the feature `tracing`, each cancel has a span `bambora.cancel` (`bambora.capture`, `bambora.refund`), in which an event at the
//! level INFO states the outcome when it has ended:
//!
//! | field | |
//! |---|---|
//! | `reference`, `operation` | the payment's reference, and the API's operation id |
//! | `attempts` | how many exchanges were made, queries included |
//! | `duration_ms` | how long it took, in milliseconds |
//! | `outcome` | `canceled` (`captured`, `refunded`), `refused`, `not_sent`, `unknown`, or `dropped` |
//! | `cause` | why, unless it succeeded |
//!
//! Inside of it, or by itself for a single request, each exchange has a span `bambora.exchange`: `operation`, `status`, `duration_ms`, and
//! `delivery` and `cause` if there is no response. No secret is in any of them.
//!
//! For metrics, count the events that an [`Observer`] gets: see `examples/metrics.rs`.

mod client;
mod connect;
mod connection;
mod connector;
mod lock;
mod observer;
mod pool;
mod raw_socket;
mod running;
mod tcp;
mod tracked_stream;
mod transport;

pub use bambora_client::{
    BuildError, CancelEvent, ClientBuilder, ClientCertificate, Failure, FlowEvent, InvalidClientCertificate,
    InvalidProxy, PostingEvent, Proxy, ProxyFailure, Received, RootStore,
};
#[doc(no_inline)]
pub use bambora_core::*;
pub use client::Client;
pub use connect::Connect;
pub use observer::Observer;
pub use running::{Cancel, Posting, Running};
