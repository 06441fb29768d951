//! Answers without measure.

use bambora_core::Delivery;

use crate::case::{Capability, Case, Expect};
use crate::script::{Act, answer, reply, reply_and_fin};

const LIMIT: usize = 1_000;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = bodies();
    cases.extend(heads());
    cases
}

fn bodies() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let limited = |variant: &str, script, expect| {
        Case::new(format!("body_limit/{variant}"), script, expect)
            .needing(Capability::BodyLimit)
            .with_body_limit(LIMIT)
    };
    let body = |length: usize| vec![b'x'; length];
    let endless = |head: &str, bytes: &[u8]| {
        vec![vec![
            Act::Read,
            Act::Send(head.into()),
            Act::Endless(bytes.to_vec()),
        ]]
    };
    let ten_gigabytes = "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        limited(
            "n",
            vec![reply(answer("200 OK", &[], &body(LIMIT)))],
            Expect::ok(body(LIMIT)),
        ),
        limited(
            "n_plus_1",
            vec![reply(answer("200 OK", &[], &body(LIMIT + 1)))],
            unknown(),
        ),
        limited(
            "length_10_gb",
            endless(ten_gigabytes, &[b'x'; 1024]),
            unknown(),
        ),
        limited(
            "endless_chunks",
            endless(chunked, b"5\r\nxxxxx\r\n"),
            unknown(),
        ),
        limited(
            "endless",
            endless("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 1024]),
            unknown(),
        ),
    ]
}

fn heads() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let limited = |variant: &str, script, expect| {
        Case::new(format!("header_limit/{variant}"), script, expect)
            .needing(Capability::HeaderLimit)
    };
    let with_headers = |headers: String| {
        reply_and_fin(format!(
            "HTTP/1.1 200 OK\r\n{headers}Content-Length: 2\r\n\r\n{{}}"
        ))
    };
    let many = |number: usize| {
        (0..number)
            .map(|index| format!("X-{index}: y\r\n"))
            .collect::<String>()
    };
    let long = |length: usize| format!("X-Long: {}\r\n", "y".repeat(length));
    let endless = vec![
        Act::Read,
        Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Act::Endless(b"X-More: y\r\n".to_vec()),
    ];
    vec![
        limited(
            "under",
            vec![with_headers(many(50) + &long(4_000))],
            Expect::ok("{}"),
        ),
        limited("over", vec![with_headers(long(300_000))], unknown()),
        limited("endless", vec![endless], unknown()),
        limited("too_many", vec![with_headers(many(5_000))], unknown()),
    ]
}
