//! attohttpc, with its defaults changed where they would be wrong for a payment.

use std::time::Duration;

use attohttpc::ErrorKind;
use attohttpc::body::Bytes;
use bambora_conformance::Suite;
use bambora_core::TransportError;
use http::{Request, Response};

pub(crate) fn suite() -> Suite {
    Suite::blocking("attohttpc", |settings| {
        let (connect, total, limit) = (
            settings.connect_timeout,
            settings.total_timeout,
            settings.body_limit,
        );
        move |request| carry(request, connect, total, limit)
    })
    .known_failure("nothing_added", "adds `connection: close`")
    .known_failure("truncated_content_length/fin", "accepts a truncated body")
    .known_failure("bad_content_length/plus", "accepts a sign in a number")
    .known_failure("chunked/trailers", "refuses trailers")
    .known_failure("bodyless", "reads a body although the status has none")
    .known_failure("refused", "reports refused and broken connections alike")
    .known_failure("dns", "reports refused and broken connections alike")
    .known_failure("blackhole", "reports refused and broken connections alike")
    .known_failure("informational", "returns an informational response")
    .known_failure("unsolicited_101", "returns a 101 as a response")
    .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0")
    .known_failure("http_versions/2.0_line", "accepts any version")
}

fn carry(
    request: Request<Vec<u8>>,
    connect_timeout: Duration,
    total_timeout: Duration,
    body_limit: usize,
) -> Result<Response<Vec<u8>>, TransportError> {
    let (head, body) = request.into_parts();
    let mut builder = attohttpc::RequestBuilder::try_new(head.method, head.uri.to_string())
        .map_err(TransportError::not_sent)?
        .follow_redirects(false)
        .proxy_settings(attohttpc::ProxySettings::builder().build())
        .connect_timeout(connect_timeout)
        .timeout(total_timeout);
    for (name, value) in &head.headers {
        builder = builder.header(name, value);
    }
    let response = builder
        .body(Bytes(body))
        .send()
        .map_err(|error| match error.kind() {
            ErrorKind::ConnectError { .. } | ErrorKind::InvalidBaseUrl => {
                TransportError::not_sent(error)
            }
            _ => TransportError::unknown(error),
        })?;
    let (status, headers, reader) = response.split();
    let mut body = Vec::new();
    let limit = u64::try_from(body_limit)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut reader = std::io::Read::take(reader, limit);
    std::io::Read::read_to_end(&mut reader, &mut body).map_err(TransportError::unknown)?;
    if body.len() > body_limit {
        return Err(TransportError::unknown("the body is longer than the limit"));
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
