//! Async client of the Bambora Payments API on hyper and tokio.
