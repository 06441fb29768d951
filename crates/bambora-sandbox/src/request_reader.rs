//! Reads one HTTP/1.x request at a time from a connection.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use crate::logged_request::LoggedRequest;

/// The longest head that is read, in bytes. A reference of 2,000 characters takes up to 24,000.
const MAX_HEAD: usize = 64 * 1024;
/// The longest body that is read, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// The bytes of a body that are kept. No operation takes a longer one.
const KEPT_BODY: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
/// The longest line between the chunks of a body, in bytes.
const MAX_CHUNK_LINE: u64 = 1024;

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum NoRequest {
    /// The client closed the connection, or was silent for too long, or the connection broke.
    Gone,
    /// The client began a request and did not end it in time.
    TimedOut,
    /// The text says what is wrong with the bytes.
    Malformed(&'static str),
}

impl From<io::Error> for NoRequest {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::TimedOut,
            _ => Self::Gone,
        }
    }
}

/// Reads the next request. `interim` is where a `100 Continue` goes if the client waits for one.
pub(crate) fn read_request(reader: &mut impl BufRead, interim: &mut impl Write) -> Result<LoggedRequest, NoRequest> {
    let mut request = parse_head(read_head(reader)?)?;
    let framing = framing(&request)?;
    let expects_continue = request.header("expect").any(|value| value.eq_ignore_ascii_case(b"100-continue"));
    if expects_continue {
        interim.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    match framing {
        Framing::Length(length) => read_part(reader, length, &mut request)?,
        Framing::Chunked => read_chunks(reader, &mut request)?,
    }
    Ok(request)
}

fn read_head(reader: &mut impl BufRead) -> Result<Vec<u8>, NoRequest> {
    let mut head = Vec::new();
    loop {
        let room = MAX_HEAD - head.len();
        match reader.by_ref().take(room as u64).read_until(b'\n', &mut head) {
            Err(_) if head.is_empty() => return Err(NoRequest::Gone),
            Ok(0) => return Err(NoRequest::Gone),
            read => read?,
        };
        if head.ends_with(b"\r\n\r\n") {
            return Ok(head);
        }
        // Blank lines before a request are to be ignored.
        if head.trim_ascii().is_empty() {
            head.clear();
        }
        if head.len() >= MAX_HEAD {
            return Err(NoRequest::Malformed("The head is too long."));
        }
    }
}

fn parse_head(head: Vec<u8>) -> Result<LoggedRequest, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    // A blank line before the end would leave headers that one reader sees and another does not.
    let whole = parsed.parse(&head) == Ok(httparse::Status::Complete(head.len()));
    let (true, Some(method), Some(target), Some(minor_version)) = (whole, parsed.method, parsed.path, parsed.version)
    else {
        let why = "The request line or a header is malformed.";
        return Err(NoRequest::Malformed(why));
    };
    Ok(LoggedRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        minor_version,
        head,
        ..LoggedRequest::default()
    })
}

/// How the end of a body is found.
enum Framing {
    Length(usize),
    Chunked,
}

fn framing(request: &LoggedRequest) -> Result<Framing, NoRequest> {
    let encodings: Vec<_> = request.header("transfer-encoding").collect();
    let lengths: Vec<_> = request.header("content-length").collect();
    match (encodings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(Framing::Length(0)),
        ([], [length, more @ ..]) if more.iter().all(|other| other == length) => std::str::from_utf8(length)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .map(Framing::Length)
            .ok_or(NoRequest::Malformed("The Content-Length is not a number.")),
        ([], _) => Err(NoRequest::Malformed("Several different Content-Length headers.")),
        ([encoding], []) if encoding.eq_ignore_ascii_case(b"chunked") && request.minor_version == 1 => {
            Ok(Framing::Chunked)
        }
        (_, []) => Err(NoRequest::Malformed("The Transfer-Encoding is not supported.")),
        _ => Err(NoRequest::Malformed("Both Transfer-Encoding and Content-Length.")),
    }
}

/// Reads `length` bytes of the body, and keeps as many as there is room for.
fn read_part(reader: &mut impl BufRead, length: usize, request: &mut LoggedRequest) -> Result<(), NoRequest> {
    request.body_length = request.body_length.saturating_add(length);
    if request.body_length > MAX_BODY {
        return Err(NoRequest::Malformed("The body is too long."));
    }
    let kept = length.min(KEPT_BODY - request.body.len());
    let mut read = reader.by_ref().take(kept as u64).read_to_end(&mut request.body)? as u64;
    read += io::copy(&mut reader.by_ref().take((length - kept) as u64), &mut io::sink())?;
    if read == length as u64 { Ok(()) } else { Err(NoRequest::Gone) }
}

fn read_chunks(reader: &mut impl BufRead, request: &mut LoggedRequest) -> Result<(), NoRequest> {
    let malformed = || NoRequest::Malformed("A chunk is malformed.");
    loop {
        let line = read_line(reader)?;
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
            return Err(malformed());
        };
        if size == 0 {
            break;
        }
        let size = usize::try_from(size).map_err(|_| malformed())?;
        read_part(reader, size, request)?;
        if read_line(reader)? != b"\r\n" {
            return Err(malformed());
        }
    }
    for _ in 0..MAX_HEADERS {
        if read_line(reader)? == b"\r\n" {
            return Ok(());
        }
    }
    Err(NoRequest::Malformed("The trailers do not end."))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    reader.by_ref().take(MAX_CHUNK_LINE).read_until(b'\n', &mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<LoggedRequest, NoRequest> {
        read_request(&mut io::BufReader::new(bytes), &mut io::sink())
    }

    #[test]
    fn both_framings_give_the_same_body() {
        let plain = read(b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        let chunked =
            read(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n")
                .unwrap();
        assert_eq!(plain.body, b"hello");
        assert_eq!(chunked.body, b"hello");
        assert_eq!((plain.method.as_str(), plain.target.as_str()), ("POST", "/a"));
    }

    /// Says what is wrong with the bytes.
    fn refusal(bytes: &str) -> &'static str {
        match read(bytes.as_bytes()) {
            Err(NoRequest::Malformed(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ambiguous_framing_is_refused() {
        for (headers, why) in [
            ("Content-Length: 1\r\nContent-Length: 2", "Several different"),
            ("Content-Length: +1", "not a number"),
            ("Content-Length: ", "not a number"),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked", "Both"),
            ("Content-Length: 99999999999", "too long"),
            ("Transfer-Encoding: gzip", "not supported"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "not supported"),
        ] {
            let refusal = refusal(&format!("POST / HTTP/1.1\r\n{headers}\r\n\r\nx"));
            assert!(refusal.contains(why), "{headers}: {refusal}");
        }
        let old = refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        assert!(old.contains("not supported"), "{old}");
        let twice = read(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx").unwrap();
        assert_eq!(twice.body, b"x");
    }

    #[test]
    fn malformed_heads_are_refused() {
        for head in
            ["GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\n\nApi-Version: 1\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n"]
        {
            assert!(refusal(head).contains("malformed"), "{head}");
        }
        let blank = read(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(blank.head, b"GET / HTTP/1.1\r\n\r\n", "blank lines before a request are ignored");
    }

    #[test]
    fn a_head_is_read_up_to_its_limit_and_no_further() {
        let head = |length: usize| {
            let (begin, end) = ("GET / HTTP/1.1\r\nx: ", "\r\n\r\n");
            format!("{begin}{}{end}", "y".repeat(length - begin.len() - end.len()))
        };
        assert_eq!(read(head(65_536).as_bytes()).unwrap().head.len(), 65_536);
        assert_eq!(refusal(&head(65_537)), "The head is too long.");
        let endless = io::repeat(b'x').take(u64::MAX);
        let mut reader = io::BufReader::new(endless);
        let read = read_request(&mut reader, &mut io::sink());
        assert!(matches!(read, Err(NoRequest::Malformed("The head is too long."))), "{read:?}");
        let lines = "x: y\r\n".repeat(MAX_HEADERS);
        assert!(read_request(&mut format!("GET / HTTP/1.1\r\n{lines}\r\n").as_bytes(), &mut io::sink()).is_ok());
        assert!(refusal(&format!("GET / HTTP/1.1\r\n{lines}x: y\r\n\r\n")).contains("malformed"));
    }

    #[test]
    fn a_request_that_ends_early_is_none() {
        for bytes in [
            "",
            "GET / HTTP/1.1\r\nHost",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
        ] {
            assert!(matches!(read(bytes.as_bytes()), Err(NoRequest::Gone)), "{bytes}");
        }
    }

    #[test]
    fn malformed_chunks_are_refused() {
        let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "y".repeat(2_000));
        let trailers = |lines| format!("0\r\n{}\r\n", "T: 1\r\n".repeat(lines));
        for (chunks, why) in [
            ("x\r\n", "malformed"),
            ("1\r\nxy\r\n0\r\n\r\n", "malformed"),
            ("fffffffffffffffff\r\n", "malformed"),
            ("100001\r\n", "too long"),
            (&long, "malformed"),
            (&trailers(MAX_HEADERS), "trailers"),
        ] {
            let refusal = refusal(&format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));
            assert!(refusal.contains(why), "{chunks}: {refusal}");
        }
        let most = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}", trailers(MAX_HEADERS - 1));
        assert!(read(most.as_bytes()).is_ok());
    }

    #[test]
    fn a_client_that_waits_for_it_is_told_to_go_on() {
        for (expect, told) in [("Expect: 100-Continue\r\n", "HTTP/1.1 100 Continue\r\n\r\n"), ("", "")] {
            let mut interim = Vec::new();
            let bytes = format!("POST / HTTP/1.1\r\n{expect}Content-Length: 1\r\n\r\nx");
            assert!(read_request(&mut bytes.as_bytes(), &mut interim).is_ok());
            assert_eq!(String::from_utf8_lossy(&interim), told);
        }
    }

    #[test]
    fn a_body_ends_where_the_next_request_begins() {
        let first = "POST /1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
        let long =
            format!("POST /2 HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", KEPT_BODY + 5, "x".repeat(KEPT_BODY + 5));
        let bytes = format!("{first}{long}GET /3 HTTP/1.1\r\n\r\n");
        let mut reader = bytes.as_bytes();
        let targets = [(); 3].map(|()| read_request(&mut reader, &mut io::sink()).unwrap().target);
        assert_eq!(targets, ["/1", "/2", "/3"]);
    }

    #[test]
    fn a_long_body_is_read_whole_and_kept_in_part() {
        let body = "x".repeat(KEPT_BODY + 1);
        let length = body.len();
        let plain = format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}");
        let chunked = format!(
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            length - 1,
            &body[1..]
        );
        for bytes in [plain, chunked] {
            let request = read(bytes.as_bytes()).unwrap();
            assert_eq!((request.body.len(), request.body_length), (KEPT_BODY, length));
            assert!(request.is_body_truncated());
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
