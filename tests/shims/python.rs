//! Python's requests and httpx.

use bambora_conformance::Suite;

use crate::shim::shim;

pub(crate) fn requests() -> Option<Suite> {
    let suite = python("requests", "2.34")?
        .known_failure("nothing_added", "adds `accept-encoding`")
        .known_failure("path_unchanged/escapes", "unescapes characters that need no escape")
        .known_failure("refused", "reports refused and broken connections alike")
        .known_failure("dns", "reports refused and broken connections alike")
        .known_failure("handshake_stall", "reports a slow handshake and a slow response alike")
        .known_failure("drip_headers", "applies the timeout to each read")
        .known_failure("drip_body", "applies the timeout to each read")
        .known_failure("tls_drip", "applies the timeout to each read")
        .known_failure("tls_no_close_notify", "accepts an end without `close_notify`")
        .known_failure("bad_content_length/blank_inside", "ignores an invalid length")
        .known_failure("bad_content_length/empty", "ignores an invalid length")
        .known_failure("bad_content_length/fraction", "ignores an invalid length")
        .known_failure("bad_content_length/hexadecimal", "ignores an invalid length")
        .known_failure("bad_content_length/negative", "ignores an invalid length")
        .known_failure("bad_content_length/plus", "ignores an invalid length")
        .known_failure("bad_content_length/word", "ignores an invalid length")
        .known_failure("early_response", "accepts a response that came before the request")
        .known_failure("header_hygiene/cr", "accepts a lone CR as the end of a line")
        .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
        .known_failure("informational/102_joined", "returns an informational response as the response")
        .known_failure("informational/102_split", "returns an informational response as the response")
        .known_failure("informational/103_joined", "returns an informational response as the response")
        .known_failure("informational/103_split", "returns an informational response as the response")
        .known_failure("informational_flood", "returns an informational response as the response")
        .known_failure("unsolicited_101", "returns an unsolicited 101 as the response");
    Some(suite)
}

pub(crate) fn httpx() -> Option<Suite> {
    let suite = python("httpx", "0.28")?
        .known_failure("tls_no_close_notify", "accepts an end without `close_notify`")
        .known_failure("early_response", "accepts a response that came before the request")
        .known_failure("header_limit/too_many", "limits the length of a head, not the number of headers")
        .known_failure("header_hygiene/fold", "joins a folded header, as HTTP/1.1 once allowed")
        .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
        .known_failure("http_versions/2.0_line", "accepts any version");
    Some(suite)
}

fn python(package: &str, version: &str) -> Option<Suite> {
    let probe = format!("python3 -c 'import {package}; print({package}.__version__)'");
    shim(package, version, &probe, &format!("python3 python_{package}_shim.py"))
}
