//! The sandbox on the wire: raw bytes in, raw bytes out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod connections;
mod control;
mod documented;
mod faults;
mod instances;
mod late_effects;
mod limits;
mod page;
mod postings;
mod raw;
