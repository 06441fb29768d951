//! Writes a request exactly as given, except for the mistakes.

use http::header::CONTENT_LENGTH;
use http::{HeaderName, Request};

use crate::mistake::{Mistake, Mistakes};

const LONG: usize = 64 * 1024;

pub(crate) fn encode(request: &Request<Vec<u8>>, mistakes: Mistakes) -> Vec<u8> {
    let body = body(request.body(), mistakes);
    let mut bytes =
        format!("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method(), target(request, mistakes), host(request, mistakes))
            .into_bytes();
    if mistakes.has(Mistake::RepeatsTheHost) {
        bytes.extend_from_slice(b"host: example.com\r\n");
    }
    let mut header = |name: &HeaderName, value: &[u8]| {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    let chunks = mistakes.has(Mistake::SendsChunks);
    for (name, value) in request.headers() {
        match *name {
            CONTENT_LENGTH if chunks => {}
            CONTENT_LENGTH => header(name, body.len().to_string().as_bytes()),
            _ => header(name, value.as_bytes()),
        }
    }
    if chunks {
        header(&http::header::TRANSFER_ENCODING, b"chunked");
    }
    bytes.extend_from_slice(b"\r\n");
    if chunks && !body.is_empty() {
        bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(&body);
    if chunks {
        let end: &[u8] = if body.is_empty() { b"0\r\n\r\n" } else { b"\r\n0\r\n\r\n" };
        bytes.extend_from_slice(end);
    }
    bytes
}

fn target(request: &Request<Vec<u8>>, mistakes: Mistakes) -> String {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    match mistakes.only() {
        Some(Mistake::DropsThePrefix) => target.replace("/gateway/v2", ""),
        Some(Mistake::DropsTheQuery) => uri.path().to_owned(),
        Some(Mistake::UndoesEscapes) => target.replace("%2E", ".").replace("%2F", "/"),
        _ => target.to_owned(),
    }
}

fn host(request: &Request<Vec<u8>>, mistakes: Mistakes) -> String {
    let authority = request.uri().authority();
    let host = authority.map_or("", |authority| match mistakes.only() {
        Some(Mistake::NamesTheHostWithoutItsPort) => authority.host(),
        _ => authority.as_str(),
    });
    match mistakes.has(Mistake::NamesIpv6WithoutBrackets) {
        true => host.replace(['[', ']'], ""),
        false => host.to_owned(),
    }
}

fn body(body: &[u8], mistakes: Mistakes) -> Vec<u8> {
    match mistakes.only() {
        Some(Mistake::LosesTheLastByteOfBodies) => body.split_last().map_or(body, |(_, rest)| rest).to_vec(),
        Some(Mistake::SendsBodiesAsText) => String::from_utf8_lossy(body).into_owned().into_bytes(),
        Some(Mistake::CutsLongBodies) => body[..body.len().min(LONG)].to_vec(),
        _ => body.to_vec(),
    }
}
