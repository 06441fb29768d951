//! The command, as a user runs it: as a process, against a sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bad_input;
mod command;
mod documented_sessions;
#[cfg(target_os = "linux")]
mod hung_lookup;
mod journal;
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
