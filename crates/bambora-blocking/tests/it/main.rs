//! What is this client's own; what it has in common with the async one is tested with both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod printing;
mod runtimes;
mod stop_tokens;
mod timeouts;
