//! Responses, written so that a person can read a corpus.

use http::{HeaderName, HeaderValue, Response, StatusCode};

/// Reads a response: a line with the status, lines with headers, a blank line, and the body. `None` if it has no blank line.
pub fn response(input: &[u8]) -> Option<Response<&[u8]>> {
    let end = input.windows(2).position(|bytes| bytes == b"\n\n")?;
    let mut response = Response::new(&input[end + 2..]);
    let mut lines = input[..end].split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| StatusCode::from_bytes(line).ok());
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    for line in lines {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Some(response)
}
