//! Connections that cannot be established, so that nothing was sent.

use crate::capability::Capability;
use crate::case::{Case, Target};
use crate::expect::not_sent;
use crate::server::nowhere::Nowhere;
use crate::server::script::ServerAction::Swallow;

pub(crate) fn cases() -> Vec<Case> {
    let case = |name, target| {
        Case::new(name, vec![Swallow], not_sent()).target(target).impatient_to_connect().nothing_arrives()
    };
    vec![
        case("refused", Target::Nowhere(Nowhere::RefusingPort)),
        case("dns", Target::Nowhere(Nowhere::NoSuchHost)).needs(Capability::ConnectTimeout),
        case("blackhole", Target::Nowhere(Nowhere::BlackHole)).needs(Capability::ConnectTimeout),
        case("handshake_stall", Target::PlainServerAsTls).needs(Capability::ConnectTimeout).needs(Capability::Tls),
        case("plaintext_url_refused", Target::PlainServerForTlsOnly).needs(Capability::HttpsOnly),
    ]
}
