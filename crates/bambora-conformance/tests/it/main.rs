//! Tests the kit's command.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shim;
