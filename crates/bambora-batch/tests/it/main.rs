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
mod disk_full;
mod gates;
mod importing;
mod killed;
mod lists;
mod lost_files;
mod model;
mod one_process;
mod opening;
mod pacing;
mod rows;
mod temporary;
