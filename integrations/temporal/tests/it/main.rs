//! Tests against a real Temporal server and the sandbox of the API. They need the program `temporal`: in the PATH, or where
//! `BAMBORA_TEMPORAL_CLI` says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod broken_double;
mod budgets;
mod commands;
mod first_steps;
mod frozen;
mod held_back;
mod killed;
mod overhead;
mod postgres;
mod replay;
mod secrets;
mod support;
