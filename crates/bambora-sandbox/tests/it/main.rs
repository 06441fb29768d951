//! The sandbox on the wire: raw bytes in, raw bytes out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod documented;
mod faults;
mod instances;
mod limits;
mod postings;
mod raw;
