//! The crate as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod breaking;
mod child;
mod denials;
mod disk_full;
mod documented;
mod fixture;
mod gates;
mod held_back;
mod importing;
mod killed;
mod killed_runs;
mod lists;
mod lost_files;
mod mixed;
mod model;
mod one_process;
mod opening;
mod pacing;
mod posting_lists;
mod posting_rows;
mod posting_runs;
mod rows;
mod runs;
mod sequence;
mod single_calls;
mod stopping;
mod temporary;
