//! Answers of every kind, which must come through whole, or not at all.

use bambora_core::Delivery;

use crate::case::{Case, Expect, shown};
use crate::script::{Act, answer, reply, reply_and_fin};
use crate::subject::Exchange;

/// The payment below.
const GZIP: &[u8] = include_bytes!("gzip_payment.gz");
/// 10 MiB of zeros.
const GZIP_BOMB: &[u8] = include_bytes!("gzip_bomb.gz");
const PLAIN: &str = r#"{"payment":"ORDER-1","state":"Canceled"}"#;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = error_bodies();
    cases.extend(codings());
    cases.extend(odd_statuses());
    cases.extend(informational());
    cases
}

fn error_bodies() -> Vec<Case> {
    [400, 401, 402, 403, 404, 409, 422, 429, 451, 500, 502, 503]
        .into_iter()
        .map(|status| {
            let header: (&'static str, &'static str) = match status {
                401 => ("www-authenticate", "Basic realm=\"x\""),
                429 | 503 => ("retry-after", "7"),
                _ => ("content-type", "application/problem+json"),
            };
            let body =
                format!(r#"{{"type":"about:blank","title":"t","detail":"","status":{status}}}"#);
            let line = format!("{}: {}", header.0, header.1);
            let bytes = answer(&format!("{status} Something"), &[&line], body.as_bytes());
            let expect = Expect::Answer {
                status,
                headers: vec![(header.0, header.1.as_bytes().to_vec())],
                body: body.into_bytes(),
            };
            Case::new(format!("error_body/{status}"), vec![reply(bytes)], expect)
        })
        .collect()
}

/// A coding that nobody asked for: the bytes as they came, with the header that says so, or no answer.
fn as_it_came(coded: &'static [u8]) -> Expect {
    Expect::that(move |got: &Exchange| match got {
        Ok(response)
            if response.body() == coded && response.headers().contains_key("content-encoding") =>
        {
            Ok(())
        }
        Err(error) if error.delivery() == Delivery::Unknown => Ok(()),
        other => Err(format!(
            "the coding was undone, or its header lost: {}",
            shown(other)
        )),
    })
}

fn codings() -> Vec<Case> {
    let coded = |name: &str, bytes: &'static [u8]| {
        let bytes_with_head = answer("200 OK", &["Content-Encoding: gzip"], bytes);
        Case::new(name, vec![reply(bytes_with_head)], as_it_came(bytes))
    };
    let mislabelled = answer("200 OK", &["Content-Type: text/html"], PLAIN.as_bytes());
    vec![
        coded("unasked_gzip", GZIP),
        coded("gzip_bomb", GZIP_BOMB),
        coded("mislabelled/coding", PLAIN.as_bytes()),
        Case::new(
            "mislabelled/media_type",
            vec![reply(mislabelled)],
            Expect::ok(PLAIN),
        ),
    ]
}

/// Statuses that are none: no answer, or handed on as what they are; never a success.
fn odd_statuses() -> Vec<Case> {
    ["000", "099", "20", "2000", "600", "999"]
        .into_iter()
        .map(|status| {
            let bytes = format!("HTTP/1.1 {status} Odd\r\nContent-Length: 2\r\n\r\n{{}}");
            let expect = Expect::that(move |got: &Exchange| match got {
                Ok(response) if response.status().as_str() == status => Ok(()),
                Err(error) if error.delivery() == Delivery::Unknown => Ok(()),
                other => Err(format!("a status of {status} became {}", shown(other))),
            });
            Case::new(
                format!("odd_status/{status}"),
                vec![reply_and_fin(bytes)],
                expect,
            )
        })
        .collect()
}

/// Answers before the answer.
fn informational() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let before = format!("HTTP/1.1 {status}\r\n\r\n").into_bytes();
        let after = answer("200 OK", &[], b"{}");
        let number = status.get(..3).unwrap_or_default();
        let joined = vec![reply([before.clone(), after.clone()].concat())];
        cases.push(Case::new(
            format!("informational/{number}_joined"),
            joined,
            Expect::ok("{}"),
        ));
        let split = vec![vec![Act::Read, Act::Send(before), Act::Send(after)]];
        cases.push(Case::new(
            format!("informational/{number}_split"),
            split,
            Expect::ok("{}"),
        ));
    }
    let flood = vec![vec![
        Act::Read,
        Act::Endless(b"HTTP/1.1 102 Processing\r\n\r\n".to_vec()),
    ]];
    let unknown = || Expect::Failure(Delivery::Unknown);
    cases.push(Case::new("informational_flood", flood, unknown()).hasty());
    let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: evil\r\n\r\n";
    cases.push(Case::new(
        "unsolicited_101",
        vec![reply_and_fin(switching)],
        unknown(),
    ));
    cases
}
