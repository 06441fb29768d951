//! Connections that cannot be established, so that nothing was sent.

use crate::capability::Capability;
use crate::case::{Case, Target};
use crate::expect::not_sent;
use crate::server::script::ServerAction::Swallow;

pub(crate) fn cases() -> Vec<Case> {
    let case = |name, target| {
        Case::new(name, vec![Swallow], not_sent()).target(target).impatient_to_connect().nothing_arrives()
    };
    vec![
        case("refused", Target::RefusingPort),
        case("dns", Target::NoSuchHost).needs(Capability::ConnectTimeout),
        case("blackhole", Target::BlackHole).needs(Capability::ConnectTimeout),
        case("handshake_stall", Target::PlainServerAsTls).needs(Capability::ConnectTimeout).needs(Capability::Tls),
        case("plaintext_url_refused", Target::PlainServerForTlsOnly).needs(Capability::HttpsOnly),
    ]
}
