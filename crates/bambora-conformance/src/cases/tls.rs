//! What a transport must refuse inside TLS, and how a TLS connection ends.

use crate::capability::Capability;
use crate::case::{Case, Target};
use crate::expect::{not_sent, ok, that, unknown};
use crate::server::script::ServerAction::{Drip, Read, Serve, Swallow, Write};
use crate::server::script::{reply, reply_and_fin, response};
use crate::server::tls_server::Certificate;

/// A whole response, for [`Target::HastyTlsServer`].
const EARLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";

pub(crate) fn cases() -> Vec<Case> {
    let good = Target::TlsServer(Certificate::Good);
    let whole = response("200 OK", &[], "{}");
    let long = response("200 OK", &[], [b'x'; 200]);
    let truncated = reply_and_fin("HTTP/1.1 200 OK\r\n\r\n{\"payment\":\"O");
    let mut cases = vec![
        Case::new("tls_accepts", reply(whole), ok("{}")).target(good),
        Case::new("tls_no_close_notify", truncated, unknown()).target(good),
        Case::new("tls_drip", vec![Read, Drip(long)], unknown())
            .target(good)
            .impatient(),
        early_response(),
    ];
    cases.extend(
        [
            ("expired", Certificate::Expired),
            ("not_yet_valid", Certificate::NotYetValid),
            ("self_signed", Certificate::SelfSigned),
            ("unknown_ca", Certificate::UnknownCa),
            ("wrong_host", Certificate::WrongHost),
            ("common_name_only", Certificate::CommonNameOnly),
            ("wrong_usage", Certificate::WrongUsage),
        ]
        .map(|(variant, certificate)| {
            reject(variant, vec![Serve]).target(Target::TlsServer(certificate))
        }),
    );
    let refusal = response("400 Bad Request", &["Connection: close"], "TLS?");
    let no_tls = reject("no_tls_at_all", vec![Write(refusal), Swallow]);
    cases.push(no_tls.target(Target::PlainServerAsTls));
    cases
        .into_iter()
        .map(|case| case.needs(Capability::Tls))
        .collect()
}

fn reject(variant: &str, actions: Vec<crate::server::script::ServerAction>) -> Case {
    Case::new(format!("tls_rejects/{variant}"), actions, not_sent()).nothing_arrives()
}

/// A response that arrives with the handshake, before any byte of a request can have been sent, is not the response to it.
fn early_response() -> Case {
    let no_success = that("no response, or the server's own", |got| match got {
        Ok(response) => response.body() != b"EVIL",
        Err(_) => true,
    });
    let mut case = Case::new("early_response/tls", vec![Serve], no_success);
    case.requests = None;
    case.target(Target::HastyTlsServer(EARLY))
}
