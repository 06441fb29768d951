//! Responses of every kind, which must arrive whole or not at all.

use crate::case::Case;
use crate::expect::{either, ok, response as expect_response, that, unknown};
use crate::server::script::ServerAction::{Flood, Read, Write};
use crate::server::script::{reply, reply_and_fin, response};

/// `PLAIN`, compressed.
const GZIP: &[u8] = include_bytes!("gzip_payment.gz");
/// 10 MiB of zeros, compressed.
const GZIP_BOMB: &[u8] = include_bytes!("gzip_bomb.gz");
const PLAIN: &str = r#"{"payment":"ORDER-1","state":"Canceled"}"#;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = codings();
    cases.extend([400, 401, 402, 403, 404, 409, 422, 429, 451, 500, 502, 503].map(error_body));
    cases.extend(["000", "099", "20", "2000", "600", "999"].map(odd_status));
    cases.extend(informational());
    cases
}

fn error_body(status: u16) -> Case {
    let (name, value) = match status {
        401 => ("www-authenticate", "Basic realm=\"x\""),
        429 | 503 => ("retry-after", "7"),
        _ => ("content-type", "application/problem+json"),
    };
    let body = format!(r#"{{"type":"about:blank","title":"t","detail":"","status":{status}}}"#);
    let line = format!("{status} Something");
    let bytes = response(&line, &[&format!("{name}: {value}")], &body);
    let expect = expect_response(status, Some((name, value.as_bytes())), body);
    Case::new(format!("error_body/{status}"), reply(bytes), expect)
}

/// A content coding that the caller did not ask for: the bytes must be passed on as they are, with the header that names the
/// coding, or be refused.
fn codings() -> Vec<Case> {
    let coded = |name: &str, bytes: &'static [u8]| {
        let actions = reply(response("200 OK", &["Content-Encoding: gzip"], bytes));
        let unchanged = expect_response(200, Some(("content-encoding", b"gzip")), bytes);
        Case::new(name, actions, either(unchanged, unknown()))
    };
    let plain = |name: &str, header: &str| {
        let actions = reply(response("200 OK", &[header], PLAIN));
        Case::new(name, actions, ok(PLAIN))
    };
    vec![
        coded("unasked_gzip", GZIP),
        coded("gzip_bomb", GZIP_BOMB),
        coded("mislabelled/coding", PLAIN.as_bytes()),
        plain("mislabelled/media_type", "Content-Type: text/html"),
        plain("identity_coding", "Content-Encoding: identity"),
    ]
}

/// An invalid status must be refused or passed on as it is, and never become a success.
fn odd_status(status: &'static str) -> Case {
    let bytes = format!("HTTP/1.1 {status} Odd\r\nContent-Length: 2\r\n\r\n{{}}");
    let unchanged = that(
        format!("status {status}"),
        move |got| matches!(got, Ok(response) if response.status().as_str() == status),
    );
    let name = format!("odd_status/{status}");
    Case::new(name, reply_and_fin(bytes), either(unchanged, unknown()))
}

/// Informational responses before the final one.
fn informational() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let before = format!("HTTP/1.1 {status}\r\n\r\n").into_bytes();
        let after = response("200 OK", &[], "{}");
        let joined = reply([before.clone(), after.clone()].concat());
        let split = vec![Read, Write(before), Write(after)];
        for (variant, actions) in [("joined", joined), ("split", split)] {
            let number = status.get(..3).unwrap_or_default();
            let name = format!("informational/{number}_{variant}");
            cases.push(Case::new(name, actions, ok("{}")));
        }
    }
    let flood = Flood(b"HTTP/1.1 102 Processing\r\n\r\n".to_vec());
    cases.push(Case::new("informational_flood", vec![Read, flood], unknown()).impatient());
    let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let actions = reply_and_fin(switching);
    cases.push(Case::new("unsolicited_101", actions, unknown()));
    cases
}
