//! Connections that do not come about: whatever fails here, nothing was sent.

use bambora_core::Delivery;

use crate::case::{Capability, Case, Expect, Place, Sight};
use crate::script::Act;

pub(crate) fn cases() -> Vec<Case> {
    let not_sent = |name: &str, script| {
        Case::new(name, script, Expect::Failure(Delivery::NotSent))
            .hasty_to_connect()
            .saw(vec![Sight::Requests(0)])
    };
    vec![
        not_sent("refused", Vec::new()).at(Place::Nobody),
        not_sent("dns", Vec::new())
            .at(Place::NoSuchHost)
            .needing(Capability::ConnectTimeout),
        not_sent("blackhole", Vec::new())
            .at(Place::Blackhole)
            .needing(Capability::ConnectTimeout),
        not_sent("handshake_stall", vec![vec![Act::Swallow]])
            .at(Place::PlainServerAsTls)
            .needing(Capability::ConnectTimeout)
            .needing(Capability::Tls),
        not_sent("plaintext_url_refused", vec![vec![Act::Serve]])
            .at(Place::PlainServerForTlsOnly)
            .needing(Capability::HttpsOnly),
    ]
}
