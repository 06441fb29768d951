//! Conformance suite for anything that carries a payment request over HTTP: this project's clients, and any other stack.
//!
//! **In scope:** all cases, the scripted servers behind them, and a harness that runs them as a cargo test: what a transport
//! sends, what it gives back, and whether it says truly what a failure means for the request.
//!
//! **Out of scope:** what requests and answers mean, which is `bambora-core`'s; HTTP/2; how fast a transport is.
//!
//! # A whole example
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
//! `tests/conformance.rs`, for the blocking client of this project:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use bambora_conformance::{Capability, Suite};
//! use bambora_core::{Api, TransportError};
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
//!             // As long as it cannot tell better: everything is unknown.
//!             stack.send(request).map_err(TransportError::unknown)
//!         }
//!     })
//!     .opt_out(Capability::HttpsOnly, "it sends what it is given")
//!     .run()
//! }
//! ```
//!
//! `cargo test --test conformance` then says which cases it passes. A case that a transport cannot have, it leaves out by name
//! and with a reason ([`Suite::opt_out`]); one that it is known to fail is listed ([`Suite::known_failure`]), and fails the run
//! when it starts to pass.

mod black_hole;
mod case;
mod cases;
mod close_race;
mod deaf_port;
mod gate;
mod proxy;
mod raw_server;
mod report;
mod runner;
mod script;
mod shim;
mod stage;
mod subject;
mod suite;
#[cfg(feature = "tls")]
mod tls_server;
mod wire;
mod wire_log;

pub use case::Capability;
pub use report::{CaseResult, Verdict};
pub use runner::{examine, run, run_with};
pub use subject::{BoxedFuture, Exchange, Settings};
pub use suite::Suite;
