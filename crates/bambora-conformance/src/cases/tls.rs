//! What TLS must refuse, and how it can end.

use std::time::Duration;

use bambora_core::Delivery;

use crate::case::{Capability, Case, Expect, Place, Sight};
use crate::cases::surplus::{late, same_segment};
use crate::script::{Act, answer, reply, reply_and_fin};
use crate::tls_server::Certificate;

pub(crate) fn cases() -> Vec<Case> {
    let good = |case: Case| {
        case.needing(Capability::Tls)
            .at(Place::TlsServer(Certificate::Good))
    };
    let ok = answer("200 OK", &[], b"{}");
    let drip = answer("200 OK", &[], &[b'x'; 200]);
    let mut cases = vec![
        good(Case::new("tls_accepts", vec![reply(ok)], Expect::ok("{}"))),
        good(Case::new(
            "tls_no_close_notify",
            vec![reply_and_fin("HTTP/1.1 200 OK\r\n\r\n{\"payment\":\"O")],
            Expect::Failure(Delivery::Unknown),
        )),
        good(Case::new(
            "tls_drip",
            vec![vec![Act::Read, Act::Drip(drip, Duration::from_millis(100))]],
            Expect::Failure(Delivery::Unknown),
        ))
        .hasty(),
    ];
    cases.extend(rejects());
    for length in [4, 20_000, 100_000] {
        let surplus = answer("200 OK", &[], &vec![b'E'; length]);
        cases.push(good(same_segment(
            &format!("extra_response/tls_same_segment_{length}"),
            &surplus,
        )));
        cases.push(good(late(
            &format!("extra_response/tls_late_{length}"),
            surplus,
        )));
    }
    cases
}

fn rejects() -> Vec<Case> {
    let reject = |variant: &str, script, place| {
        Case::new(
            format!("tls_rejects/{variant}"),
            script,
            Expect::Failure(Delivery::NotSent),
        )
        .needing(Capability::Tls)
        .at(place)
        .saw(vec![Sight::Requests(0)])
    };
    let mut cases: Vec<_> = [
        ("expired", Certificate::Expired),
        ("not_yet_valid", Certificate::NotYetValid),
        ("self_signed", Certificate::SelfSigned),
        ("unknown_ca", Certificate::UnknownCa),
        ("wrong_host", Certificate::WrongHost),
        ("common_name_only", Certificate::CommonNameOnly),
        ("wrong_usage", Certificate::WrongUsage),
    ]
    .into_iter()
    .map(|(variant, certificate)| {
        reject(
            variant,
            vec![vec![Act::Serve]],
            Place::TlsServer(certificate),
        )
    })
    .collect();
    let refusal = answer("400 Bad Request", &["Connection: close"], b"TLS?");
    let script = vec![vec![Act::Send(refusal), Act::Swallow]];
    cases.push(reject("no_tls_at_all", script, Place::PlainServerAsTls));
    cases
}
