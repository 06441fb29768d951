//! A bare socket, as in `examples/embed_in_tcp_stream.rs`.

use bambora_conformance::Suite;

use crate::embed_in_tcp_stream::{Limits, carry};

pub(crate) fn suite() -> Suite {
    Suite::blocking("std::net::TcpStream", |settings| {
        let limits = Limits {
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            head: 64 * 1024,
            body: settings.body_limit,
        };
        move |request| carry(request, limits)
    })
    .known_failure("chunked", "does not understand chunked bodies")
    .known_failure("connection_close/http_1.0", "understands HTTP/1.1 only")
    .known_failure("bodyless", "reads a body although the status has none")
    .known_failure(
        "identical_content_lengths",
        "accepts a single content-length only",
    )
    .known_failure(
        "informational",
        "does not understand informational responses",
    )
    .known_failure("header_hygiene/high_bytes", "accepts ASCII heads only")
    .known_failure("http_versions/1.0", "understands HTTP/1.1 only")
    .known_failure(
        "header_limit/too_many",
        "limits the length of a head, not the number of headers",
    )
}
