//! The command, as a user runs it: as a process, against a sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bad_input;
mod checkpoints;
mod command;
mod documented_sessions;
mod killed;
mod outcomes;
mod request;
mod sandbox_server;
mod secrets;
mod two_processes;
