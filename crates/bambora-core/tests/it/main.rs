//! The crate as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod allocations;
mod any_response;
mod bounds;
mod flow;
mod parsing;
mod postings;
mod printing;
mod references;
mod requests;
mod secrets;
#[cfg(feature = "serde")]
mod serialization;
mod sources;
mod values;
