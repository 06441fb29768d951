//! The Bambora Payments API (beta dialect of 2016) as a real HTTP server on this machine, for tests: with payments that have
//! a state, authentication, the documented problem documents, and faults that separate *what happened to the payment* from
//! *what the client was told*.
//!
//! **In scope:** `cancel_payment`, `query_payment`, `capture_payment`, `refund_payment`, `authorize_token_payment` and
//! `authorize_card_payment` as they are documented; every way in which a network or a gateway can leave a client in doubt; the
//! truth about each payment, and a log of the requests; a page that shows both ([`Sandbox::page_url`]), and a control API in JSON for
//! tests in other languages.
//!
//! **Out of scope:** TLS; the later dialect of the API; being the real service. The sandbox is built from the published documents
//! alone, and nothing in it was compared with the real service. If the documents are silent, `docs/sandbox.md` of this project says
//! which choice was made.
//!
//! # Example
//!
//! A test of a program that cancels a payment and loses the response:
//!
//! ```
//! use std::io::{Read, Write};
//! use bambora_core::CancelPayment;
//! use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
//!
//! let sandbox = Sandbox::start()?;
//! sandbox.authorize("ORDER-1001");
//! sandbox.fault(Operation::Cancel, "ORDER-1001", Fault::new(Effect::Apply, FaultResponse::Drop));
//!
//! // The program under test: here, a few lines on a bare socket.
//! let request = sandbox.api().request(&CancelPayment::new("ORDER-1001".parse()?));
//! let mut socket = std::net::TcpStream::connect(sandbox.address())?;
//! write!(socket, "{} {} HTTP/1.1\r\nhost: sandbox\r\n", request.method(), request.uri().path())?;
//! for (name, value) in request.headers() {
//!     write!(socket, "{name}: {}\r\n", value.to_str()?)?;
//! }
//! write!(socket, "\r\n")?;
//! let mut response = Vec::new();
//! socket.read_to_end(&mut response)?;
//!
//! assert!(response.is_empty()); // the program knows nothing …
//! assert!(sandbox.is_canceled("ORDER-1001")); // … and the amount was released
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod connection;
mod fault;
mod fault_plan;
mod handle;
mod ledger;
mod logged_request;
mod operation;
mod operation_rules;
mod page;
mod path_segment;
mod payment_body;
mod payment_record;
mod request_log;
mod request_reader;
mod response_bytes;
mod sandbox;
mod sandbox_builder;
mod server;
mod shared;

pub use config::{CapturesShape, RefundStatus, RepeatedCancel};
pub use fault::{Effect, Fault, FaultResponse, InvalidFault};
pub use logged_request::LoggedRequest;
pub use operation::Operation;
pub use payment_record::{PaymentRecord, Posting};
pub use sandbox::Sandbox;
pub use sandbox_builder::SandboxBuilder;
