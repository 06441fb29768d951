//! The command, as a user runs it: as a process, against a sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod advice;
mod bad_input;
mod command;
mod documented_sessions;
#[cfg(target_os = "linux")]
mod hung_lookup;
mod journal;
mod network;
mod options_together;
mod outcomes;
mod postings;
mod request;
mod resume;
mod sandbox_server;
mod secrets;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod stopped;
mod terminal;
mod two_processes;

#[path = "../../../../tests/it/connect_proxy.rs"]
#[allow(dead_code, reason = "the clients' own tests use the rest")]
mod connect_proxy;
#[path = "../../../../tests/it/tls_front.rs"]
#[allow(dead_code, reason = "the clients' own tests use the rest")]
mod tls_front;
