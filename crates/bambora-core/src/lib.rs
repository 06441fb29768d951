//! Sans-IO client of the Bambora Payments API: builds http requests, reads http responses.

mod delivery;

pub use delivery::{Delivery, TransportError};
