//! Captures and refunds: every schedule of faults, and every rule.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod broken_flows;
mod exploration;
mod explorer;
mod flow_graph;
mod flow_under_test;
mod model_server;
mod responses;
mod tables;
