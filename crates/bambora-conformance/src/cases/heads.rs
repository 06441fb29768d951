//! Heads that are not what HTTP/1.1 says.

use bambora_core::Delivery;

use crate::case::{Case, Expect};
use crate::script::{answer, reply, reply_and_fin};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = hygiene();
    cases.extend(versions());
    cases
}

fn hygiene() -> Vec<Case> {
    let mut cases = Vec::new();
    for (variant, header) in [
        ("nul", "X-A: a\0b"),
        ("cr", "X-A: a\rb"),
        ("fold", "X-A: a\r\n b"),
    ] {
        let bytes = answer("200 OK", &[header], b"{}");
        let expect = Expect::Failure(Delivery::Unknown);
        cases.push(Case::new(
            format!("header_hygiene/{variant}"),
            vec![reply_and_fin(bytes)],
            expect,
        ));
    }
    let high = b"HTTP/1.1 200 OK\r\nX-A: a\xffb\r\nContent-Length: 3\r\n\r\n{\xff}".to_vec();
    let kept = Expect::Answer {
        status: 200,
        headers: vec![("x-a", b"a\xffb".to_vec())],
        body: b"{\xff}".to_vec(),
    };
    cases.push(Case::new(
        "header_hygiene/high_bytes",
        vec![reply(high)],
        kept,
    ));
    cases
}

fn versions() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let of = |variant: &str, bytes: &str, expect| {
        Case::new(
            format!("http_versions/{variant}"),
            vec![reply_and_fin(bytes)],
            expect,
        )
    };
    vec![
        of(
            "1.0",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            Expect::ok("{}"),
        ),
        of(
            "1.0_chunked",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            unknown(),
        ),
        of(
            "0.9",
            "{\"payment\":\"ORDER-1\",\"state\":\"Canceled\"}\r\n\r\n",
            unknown(),
        ),
        of(
            "2.0_line",
            "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            unknown(),
        ),
    ]
}
