//! Where a response ends.

use crate::case::Case;
use crate::expect::{ok, own_or_unknown, response as expect_response, unknown};
use crate::server::script::ServerAction::{Fin, Read, Reset, Serve, Write};
use crate::server::script::{reply, reply_and_fin, reply_then, response};

const PART: &str = r#"{"payment":"O"#;
const OK: &str = "HTTP/1.1 200 OK\r\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = truncated();
    cases.extend(lengths());
    cases.extend(bodyless());
    cases.extend(chunked());
    cases
}

fn truncated() -> Vec<Case> {
    let length = format!("{OK}Content-Length: 100\r\n\r\n{PART}");
    let none = format!("{OK}\r\n{PART}");
    let chunked = |chunks| format!("{OK}Transfer-Encoding: chunked\r\n\r\n{chunks}");
    [
        ("truncated_content_length/fin", length.clone(), Fin),
        ("truncated_content_length/reset", length, Reset),
        ("truncated_close_delimited_reset", none, Reset),
        ("truncated_chunked/mid_chunk", chunked("20\r\n{\"pay"), Fin),
        ("truncated_chunked/no_last_chunk", chunked("2\r\n{}\r\n"), Fin),
    ]
    .map(|(name, part, end)| Case::new(name, vec![Read, Write(part.into()), end], unknown()))
    .into()
}

fn lengths() -> Vec<Case> {
    let mut cases: Vec<_> = [
        ("word", "two"),
        ("negative", "-2"),
        ("plus", "+2"),
        ("blank_inside", "2 2"),
        ("list_differing", "2, 3"),
        ("two_differing", "2\r\nContent-Length: 3"),
        ("hexadecimal", "0x2"),
        ("fraction", "2.0"),
        ("overflow", "99999999999999999999999"),
        ("empty", ""),
    ]
    .map(|(variant, length)| {
        let bytes = format!("{OK}Content-Length: {length}\r\n\r\n{{}}");
        let name = format!("bad_content_length/{variant}");
        Case::new(name, reply_and_fin(bytes), unknown())
    })
    .into();
    let twice = response("200 OK", &["Content-Length: 2"], "{}");
    let name = "identical_content_lengths";
    cases.push(Case::new(name, reply(twice), ok("{}")));
    cases
}

/// Responses with a body, but a status that has none.
fn bodyless() -> [Case; 2] {
    [(204, "204 No Content"), (304, "304 Not Modified")].map(|(status, line)| {
        let actions = vec![Read, Write(response(line, &[], "EVIL")), Serve];
        let empty = expect_response(status, None, "");
        Case::new(format!("bodyless/{status}"), actions, empty).then(own_or_unknown(2))
    })
}

/// Whole chunked responses, after which the connection can be reused.
fn chunked() -> [Case; 5] {
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
    let in_chunks = |size: usize, extension: &str| -> Vec<u8> {
        let chunks = body.chunks(size).flat_map(|chunk| {
            let line = format!("{:x}{extension}\r\n", chunk.len());
            [line.as_bytes(), chunk, b"\r\n"].concat()
        });
        chunks.chain(*b"0\r\n").collect()
    };
    [
        ("one_chunk", 70_000, "", ""),
        ("large_chunks", 4_096, "", ""),
        ("small_chunks", 7, "", ""),
        ("extensions", 4_096, ";a=\"b\"", ""),
        ("trailers", 4_096, "", "X-A: b\r\nX-C: d\r\n"),
    ]
    .map(|(variant, size, extension, trailers)| {
        let head = format!("{OK}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        let end = format!("{trailers}\r\n").into_bytes();
        let actions = reply_then([head, in_chunks(size, extension), end].concat(), [Serve]);
        let case = Case::new(format!("chunked/{variant}"), actions, ok(body.clone()));
        case.then(own_or_unknown(2))
    })
}
