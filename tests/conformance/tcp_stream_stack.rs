//! A bare socket, as in core's example `embed`.

use bambora_conformance::Suite;

use crate::embed::{Limits, send};

pub(crate) fn suite() -> Suite {
    Suite::blocking("std::net::TcpStream", |settings| {
        let limits = Limits {
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            head: 64 * 1024,
            body: settings.body_limit,
        };
        move |request| send(&request, limits)
    })
    .known_failure("chunked", "reads bodies with a `content-length` only")
    .known_failure("connection_close/http_1.0", "parses HTTP/1.1 only")
    .known_failure("bodyless", "reads a body after a status that has none")
    .known_failure("identical_content_lengths", "accepts one `content-length` only")
    .known_failure("informational", "expects one response, with none before it")
    .known_failure("header_hygiene/high_bytes", "parses heads in ASCII only")
    .known_failure("http_versions/1.0", "parses HTTP/1.1 only")
    .known_failure("header_limit/too_many", "limits the bytes of a head, not the number of headers")
}
