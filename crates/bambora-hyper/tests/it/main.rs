//! What is this client's own; what it has in common with the blocking one is tested with both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod connectors;
mod dropped_calls;
mod observers;
mod printing;
mod runtimes;
