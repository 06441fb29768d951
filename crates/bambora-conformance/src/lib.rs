//! A conformance suite for HTTP transports that carry payment requests: this project's clients and any other HTTP stack.
//!
//! The crate contains the test cases, the scripted servers behind them, and a harness that runs them as a cargo test. The cases
//! show what a transport sends, what it returns, and whether it reports truthfully what a failure means for the request.
//!
//! What requests and responses mean is the concern of `bambora-core`. HTTP/2 and performance are not tested.
//!
//! # Example
//!
//! `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! bambora-conformance = "0.1"
//!
//! [[test]]
//! name = "conformance"
//! harness = false
//! ```
//!
//! `tests/conformance.rs`:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use bambora_conformance::{Capability, Suite};
//! use bambora_core::TransportError;
//! use http::{Request, Response};
//! # struct MyStack;
//! # impl MyStack {
//! #     fn with_timeout(_: std::time::Duration) -> Self { Self }
//! #     fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, std::io::Error> { Err(std::io::Error::other("")) }
//! # }
//!
//! fn main() -> ExitCode {
//!     Suite::blocking("my-stack", |settings| {
//!         let stack = MyStack::with_timeout(settings.total_timeout);
//!         move |request: Request<Vec<u8>>| {
//!             // Unknown is always right, if not always helpful: the cases show which failures could be reported as not sent.
//!             stack.send(request).map_err(TransportError::unknown)
//!         }
//!     })
//!     .opt_out(Capability::HttpsOnly, "it sends what it is given")
//!     .run()
//! }
//! ```
//!
//! `cargo test --test conformance` then shows which cases pass. A transport that lacks something opts out of the cases that need
//! it, with a reason ([`Suite::opt_out`]). A case that it is known to fail is listed ([`Suite::known_failure`]), and fails the run
//! if it passes.

mod caller;
mod capability;
mod case;
mod cases;
mod child_process;
mod expect;
mod fixture;
mod latch;
mod proxied;
mod race;
mod report;
mod run;
mod run_case;
mod server;
mod shim;
mod suite;
mod transport;

pub use capability::Capability;
pub use report::{CaseOutcome, CaseResult};
pub use run::{examine, run, run_with};
pub use suite::Suite;
pub use transport::{BoxedFuture, ClientCertificate, Exchange, ProxySettings, Settings};
