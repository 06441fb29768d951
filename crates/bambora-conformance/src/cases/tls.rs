//! What a transport must refuse inside TLS, and how a TLS connection ends.

use crate::capability::Capability;
use crate::case::{Case, Target};
use crate::expect::{not_sent, ok, that, unknown};
use crate::server::script::ServerAction::{self, Drip, Read, Serve, Swallow, Write};
use crate::server::script::{reply, reply_and_fin, response};
use crate::server::tls_server::Certificate;

const EARLY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";

pub(crate) fn cases() -> Vec<Case> {
    let whole = response("200 OK", &[], "{}");
    let long = response("200 OK", &[], [b'x'; 200]);
    let truncated = reply_and_fin("HTTP/1.1 200 OK\r\n\r\n{\"payment\":\"O");
    let mut cases = vec![
        Case::new("tls_accepts", reply(whole), ok("{}")).inside_tls(),
        Case::new("tls_no_close_notify", truncated, unknown()).inside_tls(),
        Case::new("tls_drip", vec![Read, Drip(long)], unknown()).inside_tls().impatient(),
        early_response(),
    ];
    let refusal = response("400 Bad Request", &["Connection: close"], "TLS?");
    let no_tls = vec![Write(refusal), Swallow];
    cases.push(reject("no_tls_at_all", no_tls, Target::PlainServerAsTls));
    for (variant, certificate) in [
        ("expired", Certificate::Expired),
        ("not_yet_valid", Certificate::NotYetValid),
        ("self_signed", Certificate::SelfSigned),
        ("unknown_ca", Certificate::UnknownCa),
        ("wrong_host", Certificate::WrongHost),
        ("common_name_only", Certificate::CommonNameOnly),
        ("wrong_usage", Certificate::WrongUsage),
    ] {
        let target = Target::TlsServer(certificate, b"");
        cases.push(reject(variant, vec![Serve], target));
    }
    cases
}

fn reject(variant: &str, actions: Vec<ServerAction>, target: Target) -> Case {
    Case::new(format!("tls_rejects/{variant}"), actions, not_sent())
        .needs(Capability::Tls)
        .target(target)
        .nothing_arrives()
}

/// A response that arrives with the handshake, before any byte of a request can have been sent, is not the response to it.
fn early_response() -> Case {
    let no_success = that("no response, or the server's own", |got| match got {
        Ok(response) => response.body() != b"EVIL",
        Err(_) => true,
    });
    let mut case = Case::new("early_response/tls", vec![Serve], no_success);
    case.requests = None;
    case.target(Target::TlsServer(Certificate::Good, EARLY)).needs(Capability::Tls)
}
