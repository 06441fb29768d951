//! Cancels payments through the Bambora Payments API (beta dialect of 2016), blocking, on [ureq].
//!
//! **In scope:** carrying the requests of `bambora-core` over HTTP/1.1 and TLS; timeouts and limits; saying exactly whether
//! a failed request can have reached the server; driving a cancel to its outcome.
//!
//! **Out of scope:** what requests and answers mean, which is `bambora-core`'s; an async runtime, of which there is none
//! inside: the client can be used within one (in a thread for blocking work) and without; HTTP/2, proxies, redirects,
//! cookies, compression. No thread is started for a request; one thread per client looks host names up.
//!
//! # A whole example
//!
//! ```
//! use bambora_blocking::Client;
//! use bambora_core::{Outcome, PaymentReference};
//! use bambora_sandbox::Sandbox;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The API, on this machine. For the real one: `Api::new(credentials)`.
//!     let sandbox = Sandbox::start()?;
//!     sandbox.authorize("ORDER-1001");
//!     let client = Client::new(sandbox.api());
//!
//!     let reference: PaymentReference = "ORDER-1001".parse()?;
//!     let outcome = client.cancel(&reference);
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

mod client;
mod exchange_span;
mod guard;
mod interrupt;
mod name_lookup;
mod tls;
mod transport;
mod withheld_authorization;

pub use client::Client;
pub use interrupt::Interrupt;
