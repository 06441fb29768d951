//! attohttpc, with its defaults changed where a payment cannot live with them.

use std::time::Duration;

use attohttpc::ErrorKind;
use attohttpc::body::Bytes;
use bambora_conformance::Suite;
use bambora_core::TransportError;
use http::{Request, Response};

pub(crate) fn suite() -> Suite {
    Suite::blocking("attohttpc", |settings| {
        let (connect, total, limit) = (settings.connect_timeout, settings.total_timeout, settings.body_limit);
        move |request| send(request, connect, total, limit)
    })
    .known_failure("nothing_added", "adds `connection: close`")
    .known_failure("truncated_content_length/fin", "returns a truncated body as a whole one")
    .known_failure("bad_content_length/plus", "accepts a sign in a length")
    .known_failure("chunked/trailers", "rejects trailers")
    .known_failure("bodyless", "reads a body after a status that has none")
    .known_failure("refused", "reports a connection that failed like one that broke")
    .known_failure("dns", "reports a connection that failed like one that broke")
    .known_failure("blackhole", "reports a connection that failed like one that broke")
    .known_failure("informational", "returns an informational response as the response")
    .known_failure("unsolicited_101", "returns an unsolicited 101 as the response")
    .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
    .known_failure("http_versions/2.0_line", "accepts any version")
}

fn send(
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
    let response = builder.body(Bytes(body)).send().map_err(|error| match error.kind() {
        ErrorKind::ConnectError { .. } | ErrorKind::InvalidBaseUrl => TransportError::not_sent(error),
        _ => TransportError::unknown(error),
    })?;
    let (status, headers, reader) = response.split();
    let mut body = Vec::new();
    let limit = u64::try_from(body_limit).unwrap_or(u64::MAX).saturating_add(1);
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
