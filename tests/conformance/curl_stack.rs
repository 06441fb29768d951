//! libcurl, through the `curl` crate.

use bambora_conformance::{Capability, Settings, Suite};
use bambora_core::TransportError;
use curl::easy::{Easy, HttpVersion, List};
use http::{Request, Response};

pub(crate) fn suite() -> Suite {
    Suite::blocking("libcurl", |settings| {
        let settings = settings.clone();
        move |request| send(&request, &settings)
    })
    .opt_in(Capability::Proxy)
    .known_failure("bad_content_length/overflow", "ignores a length that overflows")
    .known_failure("proxy_breaks/surplus", "takes what a proxy sends behind its response for the origin's")
    .known_failure("proxy_breaks/half_a_head", "reports a tunnel that never was like one that broke")
    .known_failure("proxy_breaks/endless_head", "reports a tunnel that never was like one that broke")
    .known_failure("odd_status/2000", "reads the first three digits")
    .known_failure("header_hygiene/fold", "joins a folded header, as HTTP/1.1 once allowed")
    .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
    .known_failure("http_versions/2.0_line", "accepts any version")
}

fn send(request: &Request<Vec<u8>>, settings: &Settings) -> Result<Response<Vec<u8>>, TransportError> {
    let mut easy = prepare(request, settings).map_err(TransportError::not_sent)?;
    let mut head = Vec::new();
    let mut body = Vec::new();
    let result = {
        let mut transfer = easy.transfer();
        let collected = transfer
            .header_function(|line| {
                head.extend_from_slice(line);
                true
            })
            .and_then(|()| {
                transfer.write_function(|bytes| {
                    body.extend_from_slice(bytes);
                    // Anything but the number of bytes ends the transfer.
                    Ok(if body.len() > settings.body_limit { 0 } else { bytes.len() })
                })
            });
        collected.and_then(|()| transfer.perform())
    };
    result.map_err(|error| {
        if error.is_couldnt_connect() || error.is_couldnt_resolve_host() {
            return TransportError::not_sent(error);
        }
        let has_tunnel = easy.http_connectcode().is_ok_and(|status| (200..300).contains(&status));
        if settings.proxy.is_some() && !has_tunnel {
            return TransportError::not_sent(error);
        }
        // A timeout while connecting is the same error as one later: only this tells them apart.
        let connected = easy.connect_time().is_ok_and(|time| !time.is_zero());
        if error.is_operation_timedout() && !connected {
            TransportError::not_sent(error)
        } else {
            TransportError::unknown(error)
        }
    })?;
    read(&head, body).ok_or_else(|| TransportError::unknown("the head cannot be read"))
}

fn prepare(request: &Request<Vec<u8>>, settings: &Settings) -> Result<Easy, curl::Error> {
    let mut easy = Easy::new();
    easy.url(&request.uri().to_string())?;
    easy.path_as_is(true)?;
    easy.follow_location(false)?;
    match &settings.proxy {
        Some(proxy) => {
            easy.noproxy("")?;
            easy.proxy(&proxy.url)?;
            easy.proxy_username(&proxy.user)?;
            easy.proxy_password(&proxy.password)?;
            // Without it, curl asks the proxy for a tunnel only if the origin has TLS.
            easy.http_proxy_tunnel(true)?;
        }
        None => easy.noproxy("*")?,
    }
    easy.http_version(HttpVersion::V11)?;
    easy.forbid_reuse(true)?;
    easy.fresh_connect(true)?;
    easy.connect_timeout(settings.connect_timeout)?;
    easy.timeout(settings.total_timeout)?;
    easy.signal(false)?;
    let mut headers = List::new();
    for (name, value) in request.headers() {
        // libcurl says the length by itself.
        if name != http::header::CONTENT_LENGTH {
            headers.append(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))?;
        }
    }
    // Else it adds these by itself.
    headers.append("Expect:")?;
    if !request.headers().contains_key(http::header::CONTENT_TYPE) {
        headers.append("Content-Type:")?;
    }
    easy.http_headers(headers)?;
    if request.method() != http::Method::GET {
        easy.post(true)?;
        easy.post_fields_copy(request.body())?;
    }
    easy.custom_request(request.method().as_str())?;
    Ok(easy)
}

/// The last head of the response: there may be informational ones before it.
fn read(head: &[u8], body: Vec<u8>) -> Option<Response<Vec<u8>>> {
    let mut response = None;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"HTTP/") {
            let status = std::str::from_utf8(line.get(9..12)?).ok()?;
            response = Some(Response::builder().status(status));
        } else if let Some(position) = line.iter().position(|byte| *byte == b':') {
            let (name, value) = line.split_at(position);
            let value = value.get(1..)?.trim_ascii();
            response = response.map(|response| response.header(name, value));
        }
    }
    response?.body(body).ok()
}
