//! Which connection a request uses.

use crate::case::{Case, Connections};
use crate::expect::{own, own_body};
use crate::server::script::ServerAction::Serve;
use crate::server::script::{reply_then, response};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        reuse("clear_text"),
        #[cfg(feature = "tls")]
        reuse("tls").inside_tls(),
    ];
    let http_1_0 = format!("HTTP/1.0 200 OK\r\nContent-Length: 25\r\n\r\n{}", own_body(1));
    for (variant, first) in [
        ("close", response("200 OK", &["Connection: close"], own_body(1))),
        ("upper_case", response("200 OK", &["CONNECTION: CLOSE"], own_body(1))),
        ("http_1.0", http_1_0.into_bytes()),
    ] {
        // The server leaves the connection open, so that a transport which reuses it is noticed.
        let actions = reply_then(first, [Serve]);
        let case = Case::new(format!("connection_close/{variant}"), actions, own(1));
        cases.push(case.then(own(2)).connections(Connections::OneForEachRequest));
    }
    cases
}

fn reuse(variant: &str) -> Case {
    let case = Case::new(format!("connection_reuse/{variant}"), vec![Serve], own(1));
    case.then(own(2)).connections(Connections::AsClaimed)
}
