//! The crate as authors of clients see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod built;
mod certificates;
mod driver;
mod events;
#[cfg(feature = "tower")]
mod services;
mod settings;
mod trust;

use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

fn api() -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
}
