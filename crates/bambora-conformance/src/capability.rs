//! What a transport may lack.

use std::str::FromStr;

use serde::Deserialize;

/// Something that a transport can lack, so that it may opt out of the cases that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Capability {
    /// TLS with configurable root certificates.
    Tls,
    /// A separate timeout for connecting.
    ConnectTimeout,
    /// A limit on the length of response bodies.
    BodyLimit,
    /// A limit on the length of response heads.
    HeaderLimit,
    /// Calls that can be dropped before they complete, as asynchronous ones can.
    DroppedCalls,
    /// Refusing requests in clear text.
    HttpsOnly,
    /// An HTTP proxy that opens tunnels. Not needed unless a suite [opts in](crate::Suite::opt_in).
    Proxy,
    /// A client certificate. Not needed unless a suite [opts in](crate::Suite::opt_in).
    ClientCertificate,
}

impl FromStr for Capability {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        serde_json::from_value(name.into()).map_err(|error| format!("no such capability: {error}"))
    }
}
