//! The sandbox's page, in a real browser: a headless Chromium, if it is installed with its driver.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod load;
mod page;
mod requests;
mod server;
mod webdriver;
