//! What no single crate of this workspace can test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod clients;
mod connect_proxy;
mod documented_calls;
mod documents;
mod embeddings;
mod own_operation;
mod postings;
mod postings_killed;
mod raw_server;
mod sandbox_document;
mod services;
mod simulated_clock;
#[allow(dead_code, reason = "the command line's tests use the rest")]
mod tls_front;
