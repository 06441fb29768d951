//! Responses that are too long.

use crate::capability::Capability;
use crate::case::Case;
use crate::expect::{Expect, ok, unknown};
use crate::server::script::ServerAction::{self, Flood, Read, Write};
use crate::server::script::{reply, reply_and_fin, response};

const LIMIT: usize = 1_000;
const OK: &str = "HTTP/1.1 200 OK\r\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = bodies();
    cases.extend(heads());
    cases
}

/// Sends a head, and then the same bytes without end.
fn endless(head: &str, bytes: &[u8]) -> Vec<ServerAction> {
    vec![Read, Write(format!("{OK}{head}").into()), Flood(bytes.to_vec())]
}

fn bodies() -> Vec<Case> {
    let limited = |variant: &str, actions, expect| {
        let case = Case::new(format!("body_limit/{variant}"), actions, expect);
        let mut case = case.needs(Capability::BodyLimit);
        case.settings.body_limit = LIMIT;
        case
    };
    let whole = |length| reply(response("200 OK", &[], vec![b'x'; length]));
    let ten_gigabytes = "Content-Length: 10000000000\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    let data = [b'x'; 1024];
    vec![
        limited("n", whole(LIMIT), ok([b'x'; LIMIT])),
        limited("n_plus_1", whole(LIMIT + 1), unknown()),
        limited("length_10_gb", endless(ten_gigabytes, &data), unknown()),
        limited("endless_chunks", endless(chunked, b"5\r\nxxxxx\r\n"), unknown()),
        limited("endless", endless("\r\n", &data), unknown()),
    ]
}

fn heads() -> Vec<Case> {
    let limited = |variant: &str, actions, expect: Expect| {
        let case = Case::new(format!("header_limit/{variant}"), actions, expect);
        case.needs(Capability::HeaderLimit)
    };
    let with_headers = |headers: String| {
        let bytes = format!("{OK}{headers}Content-Length: 2\r\n\r\n{{}}");
        reply_and_fin(bytes)
    };
    let many = |number: usize| -> String { (0..number).map(|i| format!("X-{i}: y\r\n")).collect() };
    let long = |length: usize| format!("X-Long: {}\r\n", "y".repeat(length));
    vec![
        limited("under", with_headers(many(50) + &long(4_000)), ok("{}")),
        limited("over", with_headers(long(300_000)), unknown()),
        limited("endless", endless("", b"X-More: y\r\n"), unknown()),
        limited("too_many", with_headers(many(5_000)), unknown()),
    ]
}
