//! Nothing but tests: what no single crate of this workspace can test.
//!
//! The examples of this project's documents are tests, too: they are this crate's documentation.

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("../docs/batch.md")]
mod batch {}

#[doc = include_str!("../docs/cancel-safety.md")]
mod cancel_safety {}

#[doc = include_str!("../docs/conformance.md")]
mod conformance {}

#[doc = include_str!("../docs/embedding.md")]
mod embedding {}

#[doc = include_str!("../docs/exactly-once.md")]
mod exactly_once {}

#[doc = include_str!("../docs/sandbox.md")]
mod sandbox {}

#[doc = include_str!("../docs/tower.md")]
mod tower {}

#[doc = include_str!("../crates/bambora-core/README.md")]
mod core_readme {}

#[doc = include_str!("../crates/bambora-hyper/README.md")]
mod hyper_readme {}

#[doc = include_str!("../crates/bambora-blocking/README.md")]
mod blocking_readme {}

#[doc = include_str!("../crates/bambora-batch/README.md")]
mod batch_readme {}

#[doc = include_str!("../crates/bambora-sandbox/README.md")]
mod sandbox_readme {}
