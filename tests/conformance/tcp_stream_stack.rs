//! A bare socket, as in `examples/embed_in_tcp_stream.rs`.

use bambora_conformance::Suite;

use crate::embed_in_tcp_stream::{Limits, exchange};

pub(crate) fn suite() -> Suite {
    Suite::blocking("std::net::TcpStream", |settings| {
        let limits = Limits {
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            head: 64 * 1024,
            body: settings.body_limit,
        };
        move |request| exchange(request, limits)
    })
    .known_failure("bodyless", "reads a body after a status that has none")
    .known_failure(
        "identical_content_lengths",
        "understands one length, said once",
    )
    .known_failure(
        "informational",
        "understands one answer, and none before it",
    )
    .known_failure("header_hygiene/high_bytes", "understands heads in ASCII")
    .known_failure("http_versions/1.0", "understands HTTP/1.1")
    .known_failure(
        "header_limit/too_many",
        "counts a head's bytes, and not its headers",
    )
}
