#!/bin/sh
# Runs the suite against Python's requests, version 2.34 with urllib3 2.7, and lists everything that it fails.
cd "$(dirname "$0")/../../.." || exit
cargo run -p bambora-conformance --bin bambora-conformance -- \
    --shim "python3 crates/bambora-conformance/shims/python_requests_shim.py" --name requests \
    --opt-out "HttpsOnly=sends what it is given" \
    --known-failure "nothing_added=adds accept-encoding" \
    --known-failure "path_unchanged/escapes=unescapes characters that need no escape" \
    --known-failure "refused=reports refused and broken connections alike" \
    --known-failure "dns=reports refused and broken connections alike" \
    --known-failure "handshake_stall=reports a slow handshake and a slow response alike" \
    --known-failure "drip_headers=applies the timeout to each read" \
    --known-failure "drip_body=applies the timeout to each read" \
    --known-failure "tls_drip=applies the timeout to each read" \
    --known-failure "tls_no_close_notify=accepts an end without close_notify" \
    --known-failure "bad_content_length/blank_inside=ignores an invalid length" \
    --known-failure "bad_content_length/empty=ignores an invalid length" \
    --known-failure "bad_content_length/fraction=ignores an invalid length" \
    --known-failure "bad_content_length/hexadecimal=ignores an invalid length" \
    --known-failure "bad_content_length/negative=ignores an invalid length" \
    --known-failure "bad_content_length/plus=ignores an invalid length" \
    --known-failure "bad_content_length/word=ignores an invalid length" \
    --known-failure "early_response=accepts a response that came before the request" \
    --known-failure "header_hygiene/cr=accepts a lone CR as the end of a line" \
    --known-failure "http_versions/1.0_chunked=decodes chunks in HTTP/1.0" \
    --known-failure "informational/102_joined=returns an informational response" \
    --known-failure "informational/102_split=returns an informational response" \
    --known-failure "informational/103_joined=returns an informational response" \
    --known-failure "informational/103_split=returns an informational response" \
    --known-failure "informational_flood=returns an informational response" \
    --known-failure "unsolicited_101=returns a 101 as a response"
