//! Servers that ask for a client certificate.

use crate::capability::Capability;
use crate::case::{Case, Target};
use crate::expect::{either, not_sent, own, unknown};
use crate::server::script::ServerAction::Serve;
use crate::server::tls_server::ClientAuthority;

pub(crate) fn cases() -> Vec<Case> {
    // With TLS 1.3, a client has finished its handshake before it is told that its certificate is not accepted: it may have sent the
    // request by then, and cannot know that the server did not read it.
    let failure = || either(not_sent(), unknown());
    let case = |variant, expect, accepts| {
        let case = Case::new(format!("client_certificate/{variant}"), vec![Serve], expect);
        case.target(Target::MutualTlsServer(accepts)).needs(Capability::Tls).needs(Capability::ClientCertificate)
    };
    vec![
        case("accepted", own(1), ClientAuthority::TheTransports),
        case("not_accepted", failure(), ClientAuthority::Another).nothing_arrives(),
    ]
}
