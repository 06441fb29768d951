//! Cancels payments through the Bambora Payments API (beta dialect of 2016), async, on [hyper] and tokio.
//!
//! **In scope:** carrying the requests of `bambora-core` over HTTP/1.1 and TLS; timeouts and limits; saying exactly whether
//! a failed request can have reached the server; driving a cancel to its outcome.
//!
//! **Out of scope:** what requests and answers mean, which is `bambora-core`'s; other runtimes than tokio; HTTP/2, proxies,
//! redirects, cookies, compression. An exchange lives in the future of its call, and whoever drops that closes its socket.
//!
//! # A whole example
//!
//! ```
//! use bambora_core::{Outcome, PaymentReference};
//! use bambora_hyper::Client;
//! use bambora_sandbox::Sandbox;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The API, on this machine. For the real one: `Api::new(credentials)`.
//!     let sandbox = Sandbox::start()?;
//!     sandbox.authorize("ORDER-1001");
//!     let client = Client::new(sandbox.api());
//!
//!     let reference: PaymentReference = "ORDER-1001".parse()?;
//!     let outcome = client.cancel(&reference).await;
//!     println!("{reference}: {outcome}");
//!     match outcome {
//!         Outcome::Canceled(canceled) => assert_eq!(canceled.payment.payment, "ORDER-1001"),
//!         Outcome::Refused(refused) => return Err(refused.into()),
//!         Outcome::NotSent(not_sent) => return Err(not_sent.into()),
//!         Outcome::Unknown(unknown) => {
//!             // Not an error to give up on: store it, and resume later.
//!             println!("{}", unknown.checkpoint);
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # The runtime
//!
//! Every call needs a tokio runtime with its time and I/O drivers on, as `#[tokio::main]` makes it. Without a runtime a call
//! fails as not sent; a runtime built by hand without these drivers panics, in tokio.

mod client;
mod connection;
mod connector;
mod exchange_span;
mod idle;
mod socket;
mod tls;
mod transport;

pub use client::Client;
