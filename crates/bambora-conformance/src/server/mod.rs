//! The servers that transports are tested against, on `std::net` and without an HTTP library.

pub(crate) mod connection;
mod forward;
pub(crate) mod nowhere;
pub(crate) mod raw_server;
pub(crate) mod script;
#[cfg(feature = "tls")]
pub(crate) mod tls_server;
pub(crate) mod wire_log;
