//! Response heads that HTTP/1.1 does not allow, or hardly.

use crate::case::Case;
use crate::expect::{ok, response as expect_response, unknown};
use crate::server::script::{reply, reply_and_fin, response};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = [("nul", "X-A: a\0b"), ("cr", "X-A: a\rb"), ("fold", "X-A: a\r\n b")]
        .map(|(variant, header)| {
            let actions = reply_and_fin(response("200 OK", &[header], "{}"));
            Case::new(format!("header_hygiene/{variant}"), actions, unknown())
        })
        .into();
    let high = b"HTTP/1.1 200 OK\r\nX-A: a\xffb\r\nContent-Length: 3\r\n\r\n{\xff}";
    let kept = expect_response(200, Some(("x-a", b"a\xffb")), *b"{\xff}");
    cases.push(Case::new("header_hygiene/high_bytes", reply(*high), kept));
    let length = "Content-Length: 2\r\n\r\n{}";
    let chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    for (variant, head, rest, expect) in [
        ("1.0", "HTTP/1.0 200 OK", length, ok("{}")),
        ("1.0_chunked", "HTTP/1.0 200 OK", chunked, unknown()),
        ("0.9", "{\"payment\":\"ORDER-1\"}", "\r\n", unknown()),
        ("2.0_line", "HTTP/2.0 200 OK", length, unknown()),
    ] {
        let actions = reply_and_fin(format!("{head}\r\n{rest}"));
        cases.push(Case::new(format!("http_versions/{variant}"), actions, expect));
    }
    cases
}
