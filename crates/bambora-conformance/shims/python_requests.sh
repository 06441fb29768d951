#!/bin/sh
# Python's requests under the suite, with everything that it is known to fail: versions 2.34 of requests and 2.7 of urllib3.
cd "$(dirname "$0")/../../.." || exit
cargo run -p bambora-conformance --bin bambora-conformance -- \
    --shim "python3 crates/bambora-conformance/shims/python_requests_shim.py" --name requests \
    --opt-out "HttpsOnly=sends what it is given" \
    --known-failure "nothing_added=asks for codings" \
    --known-failure "path_unchanged/escapes=undoes escapes of characters that need none" \
    --known-failure "refused=says the same for a connection that never was and one that broke" \
    --known-failure "dns=says the same for a connection that never was and one that broke" \
    --known-failure "handshake_stall=says the same for a handshake and an answer that take too long" \
    --known-failure "drip_headers=times each read alone" \
    --known-failure "drip_body=times each read alone" \
    --known-failure "tls_drip=times each read alone" \
    --known-failure "tls_no_close_notify=trusts an end that TLS does not announce" \
    --known-failure "bad_content_length/blank_inside=takes a bad length for none" \
    --known-failure "bad_content_length/empty=takes a bad length for none" \
    --known-failure "bad_content_length/fraction=takes a bad length for none" \
    --known-failure "bad_content_length/hexadecimal=takes a bad length for none" \
    --known-failure "bad_content_length/negative=takes a bad length for none" \
    --known-failure "bad_content_length/plus=takes a bad length for none" \
    --known-failure "bad_content_length/word=takes a bad length for none" \
    --known-failure "header_hygiene/cr=takes a lone CR for the end of a line" \
    --known-failure "http_versions/1.0_chunked=undoes chunks in HTTP/1.0, which knows none" \
    --known-failure "informational/102_joined=takes an informational answer for the answer" \
    --known-failure "informational/102_split=takes an informational answer for the answer" \
    --known-failure "informational/103_joined=takes an informational answer for the answer" \
    --known-failure "informational/103_split=takes an informational answer for the answer" \
    --known-failure "informational_flood=takes an informational answer for the answer" \
    --known-failure "unsolicited_101=hands on a 101 as an answer"
