//! All cases, by what they are about.

#[cfg(feature = "tls")]
mod client_certificates;
mod connecting;
mod connections;
mod framing;
mod heads;
mod limits;
mod lost;
mod proxies;
mod redirects;
mod requests;
mod responses;
mod surplus;
pub(crate) mod timeouts;
#[cfg(feature = "tls")]
mod tls;

use crate::case::Case;

/// Returns all cases, in the order of the documentation.
pub(crate) fn all() -> Vec<Case> {
    [
        lost::cases(),
        redirects::cases(),
        requests::cases(),
        framing::cases(),
        surplus::cases(),
        connections::cases(),
        connecting::cases(),
        #[cfg(feature = "tls")]
        tls::cases(),
        #[cfg(feature = "tls")]
        client_certificates::cases(),
        proxies::cases(),
        timeouts::cases(),
        responses::cases(),
        limits::cases(),
        heads::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
