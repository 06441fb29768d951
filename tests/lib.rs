//! Nothing but tests: what no single crate of this workspace can test.
//!
//! The examples of this project's documents are tests, too: they are this crate's documentation.

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("../docs/cancel-safety.md")]
mod cancel_safety {}

#[doc = include_str!("../docs/embedding.md")]
mod embedding {}

#[doc = include_str!("../docs/exactly-once.md")]
mod exactly_once {}

#[doc = include_str!("../docs/sandbox.md")]
mod sandbox {}
