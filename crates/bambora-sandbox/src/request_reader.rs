//! Reads one HTTP/1.x request at a time from a connection.

use std::io::{self, BufRead, Read, Write};

/// The longest head that is read, in bytes. A reference of 2,000 characters takes up to 24,000.
const MAX_HEAD: usize = 64 * 1024;
/// The longest body that is read, in bytes.
const MAX_BODY: usize = 1024 * 1024;
const MAX_HEADERS: usize = 100;

/// A request as it stood on the wire.
#[derive(Clone)]
pub(crate) struct WireRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1.
    pub(crate) minor_version: u8,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl WireRequest {
    /// The values of the header `name`, which is looked for without regard to case.
    pub(crate) fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    pub(crate) fn wants_close(&self) -> bool {
        let says = |word: &[u8]| {
            self.header("connection")
                .any(|value| value.eq_ignore_ascii_case(word))
        };
        says(b"close") || (self.minor_version == 0 && !says(b"keep-alive"))
    }
}

/// Why there is no request to answer.
#[derive(Debug)]
pub(crate) enum NoRequest {
    /// The client closed the connection, or it broke.
    Gone,
    /// What came is not a request. The text says what is wrong with it.
    Malformed(&'static str),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads the next request. `interim` is where a `100 Continue` goes, if the client waits for one.
pub(crate) fn read_request(
    reader: &mut impl BufRead,
    interim: &mut impl Write,
) -> Result<WireRequest, NoRequest> {
    let head = read_head(reader)?;
    let mut request = parse_head(head)?;
    let expects_continue = request
        .header("expect")
        .any(|value| value.eq_ignore_ascii_case(b"100-continue"));
    if expects_continue {
        interim.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    request.body = read_body(reader, &request)?;
    Ok(request)
}

fn read_head(reader: &mut impl BufRead) -> Result<Vec<u8>, NoRequest> {
    let mut head = Vec::new();
    loop {
        let room = MAX_HEAD - head.len();
        let read = reader
            .by_ref()
            .take(room as u64)
            .read_until(b'\n', &mut head)?;
        if read == 0 && room > 0 {
            return Err(NoRequest::Gone);
        }
        if head.ends_with(b"\r\n\r\n") {
            return Ok(head);
        }
        // Blank lines before a request are to be passed over.
        if head == b"\r\n" {
            head.clear();
        }
        if head.len() >= MAX_HEAD {
            return Err(NoRequest::Malformed("The head is too long."));
        }
    }
}

fn parse_head(head: Vec<u8>) -> Result<WireRequest, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let malformed = NoRequest::Malformed("The request line or a header is malformed.");
    let (Ok(_), Some(method), Some(target), Some(minor_version)) = (
        parsed.parse(&head),
        parsed.method,
        parsed.path,
        parsed.version,
    ) else {
        return Err(malformed);
    };
    Ok(WireRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        minor_version,
        headers: parsed
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), header.value.to_vec()))
            .collect(),
        body: Vec::new(),
        head: head.clone(),
    })
}

fn read_body(reader: &mut impl BufRead, request: &WireRequest) -> Result<Vec<u8>, NoRequest> {
    let chunked = request
        .header("transfer-encoding")
        .any(|value| value.eq_ignore_ascii_case(b"chunked"));
    let lengths: Vec<_> = request.header("content-length").collect();
    match (chunked, lengths.as_slice()) {
        (true, []) => read_chunks(reader),
        (true, _) => Err(NoRequest::Malformed(
            "Both Transfer-Encoding and Content-Length.",
        )),
        (false, []) => Ok(Vec::new()),
        (false, [length, more @ ..]) if more.iter().all(|other| other == length) => {
            let length = std::str::from_utf8(length)
                .ok()
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|text| text.parse().ok())
                .ok_or(NoRequest::Malformed("The Content-Length is not a number."))?;
            let mut body = Vec::new();
            read_exactly(reader, length, &mut body)?;
            Ok(body)
        }
        _ => Err(NoRequest::Malformed(
            "Several different Content-Length headers.",
        )),
    }
}

fn read_exactly(
    reader: &mut impl BufRead,
    length: usize,
    body: &mut Vec<u8>,
) -> Result<(), NoRequest> {
    if body.len().saturating_add(length) > MAX_BODY {
        return Err(NoRequest::Malformed("The body is too long."));
    }
    let read = reader.by_ref().take(length as u64).read_to_end(body)?;
    if read == length {
        Ok(())
    } else {
        Err(NoRequest::Gone)
    }
}

fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>, NoRequest> {
    let malformed = || NoRequest::Malformed("A chunk is malformed.");
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.by_ref().take(1024).read_until(b'\n', &mut line)?;
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
            return Err(malformed());
        };
        let size = usize::try_from(size).map_err(|_| malformed())?;
        if size == 0 {
            return skip_trailers(reader).map(|()| body);
        }
        read_exactly(reader, size, &mut body)?;
        let mut end = [0; 2];
        reader.read_exact(&mut end)?;
        if end != *b"\r\n" {
            return Err(malformed());
        }
    }
}

fn skip_trailers(reader: &mut impl BufRead) -> Result<(), NoRequest> {
    for _ in 0..MAX_HEADERS {
        let mut line = Vec::new();
        reader.by_ref().take(1024).read_until(b'\n', &mut line)?;
        if line == b"\r\n" {
            return Ok(());
        }
    }
    Err(NoRequest::Malformed("The trailers do not end."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<WireRequest, NoRequest> {
        read_request(&mut io::BufReader::new(bytes), &mut io::sink())
    }

    #[test]
    fn both_framings_give_the_same_body() {
        let plain = read(b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        let chunked = read(
            b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        )
        .unwrap();
        assert_eq!(plain.body, b"hello");
        assert_eq!(chunked.body, b"hello");
        assert_eq!(
            (plain.method.as_str(), plain.target.as_str()),
            ("POST", "/a")
        );
    }

    #[test]
    fn ambiguous_framing_is_refused() {
        for headers in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: +1",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: 99999999999",
        ] {
            let bytes = format!("POST / HTTP/1.1\r\n{headers}\r\n\r\nx");
            assert!(
                matches!(read(bytes.as_bytes()), Err(NoRequest::Malformed(_))),
                "{headers}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_a_refusal(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = read(&[b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", bytes.as_slice()].concat());
            let _ = read(&[b"POST / HTTP/1.1\r\n", bytes.as_slice(), b"\r\n\r\n"].concat());
        }
    }
}
