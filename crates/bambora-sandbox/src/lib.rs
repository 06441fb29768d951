//! The Bambora Payments API (beta dialect of 2016) as a real HTTP server on this machine, for tests: with payments that have
//! a state, authentication, the documented problem documents, and faults that separate *what happened to the payment* from
//! *what the client was told*.
//!
//! **In scope:** `cancel_payment`, `query_payment` and `authorize_token_payment` as they are documented; every way in which
//! a network or a gateway can leave a client in doubt; the truth about each payment, and a log of every request.
//!
//! **Out of scope:** the other operations; TLS; being the real service. It is built from the published documents alone, and
//! nothing in it was compared with the real one. Where the documents are silent, `docs/sandbox.md` of this project says
//! which choice was made.
//!
//! # A whole example
//!
//! A test of a program that cancels a payment, and loses the answer:
//!
//! ```
//! use std::io::{Read, Write};
//! use bambora_core::{CancelPayment, Operation as _};
//! use bambora_sandbox::{Answer, Effect, Fault, Operation, Sandbox};
//!
//! let sandbox = Sandbox::start()?;
//! sandbox.authorize("ORDER-1001");
//! sandbox.fault(Operation::Cancel, "ORDER-1001", Fault::new(Effect::Apply, Answer::Drop));
//!
//! // The program under test: here, a few lines on a bare socket.
//! let request = sandbox.api().request(&CancelPayment::new("ORDER-1001".parse()?));
//! let mut socket = std::net::TcpStream::connect(sandbox.address())?;
//! write!(socket, "{} {} HTTP/1.1\r\nhost: sandbox\r\n", request.method(), request.uri().path())?;
//! for (name, value) in request.headers() {
//!     write!(socket, "{name}: {}\r\n", value.to_str()?)?;
//! }
//! write!(socket, "\r\n")?;
//! let mut answer = Vec::new();
//! socket.read_to_end(&mut answer)?;
//!
//! assert!(answer.is_empty()); // the program knows nothing …
//! assert!(sandbox.is_canceled("ORDER-1001")); // … and the money was released
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer_bytes;
mod fault;
mod fault_plan;
mod ledger;
mod problem_body;
mod request_log;
mod request_reader;
mod rules;
mod sandbox;
mod server;

pub use fault::{Answer, Effect, Fault, InvalidFault};
pub use ledger::PaymentRecord;
pub use request_log::LoggedRequest;
pub use rules::Operation;
pub use sandbox::{RepeatedCancel, Sandbox, SandboxBuilder};
