//! Reads a response strictly, except for the mistakes.

use std::time::Instant;

use bambora_conformance::Settings;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::connection::Connection;
use crate::mistake::{Mistake, Mistakes};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
const MAX_INFORMATIONAL: usize = 10;

/// What is wrong with a response.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A response and its connection.
pub(crate) struct Received {
    pub(crate) response: Response<Vec<u8>>,
    /// Whether the connection had carried another request before.
    pub(crate) reused: bool,
    /// Whether the connection may carry another request.
    pub(crate) reusable: bool,
}

pub(crate) struct ResponseReader<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) settings: &'a Settings,
    pub(crate) mistakes: Mistakes,
    pub(crate) deadline: Instant,
}

struct Head {
    http_1_1: bool,
    status: StatusCode,
    headers: HeaderMap,
}

impl ResponseReader<'_> {
    pub(crate) fn read(mut self) -> Result<Received, Fault> {
        let mut head = self.head()?;
        let mut before = 0;
        while head.status.is_informational() && !self.has(Mistake::TakesInformationalForFinal) {
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                if self.has(Mistake::SwitchesProtocols) {
                    break;
                }
                return Err("the response switches to another protocol".into());
            }
            before += 1;
            if before > MAX_INFORMATIONAL {
                return Err("there are too many informational responses".into());
            }
            head = self.head()?;
        }
        if self.has(Mistake::WantsJson)
            && let Some(media_type) = head.headers.get(CONTENT_TYPE)
            && media_type == "text/html"
        {
            return Err("this is not JSON".into());
        }
        let (body, framed) = self.body(&head)?;
        let closes = head.headers.get(CONNECTION).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        let surplus = !self.connection.unread.is_empty() && !self.has(Mistake::KeepsSurplus);
        let closes = closes && !self.has(Mistake::IgnoresConnectionClose)
            || !head.http_1_1 && !self.has(Mistake::ReusesConnectionsOfHttp10);
        let reusable = framed && !closes && !surplus;
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(Received { response, reused: false, reusable })
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistakes.has(mistake)
    }

    fn more(&mut self) -> Result<(), Fault> {
        match self.connection.more(self.deadline)? {
            true => Ok(()),
            false => Err("the connection ended too early".into()),
        }
    }

    fn head(&mut self) -> Result<Head, Fault> {
        let end = loop {
            let unread = &self.connection.unread;
            if let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
                if end <= MAX_HEAD || self.has(Mistake::IgnoresHeadLimits) {
                    break end;
                }
            } else if unread.len() <= MAX_HEAD || self.has(Mistake::IgnoresHeadLimits) && unread.len() < 10 * MAX_HEAD {
                self.more()?;
                continue;
            }
            if self.has(Mistake::CutsHeads) {
                let mut text: Vec<u8> = self.connection.unread.drain(..MAX_HEAD).collect();
                text.truncate(text.iter().rposition(|byte| *byte == b'\r').unwrap_or(0));
                text.extend_from_slice(b"\r\nContent-Length: 0");
                return self.parse(&text);
            }
            return Err("the head is too long".into());
        };
        let text: Vec<u8> = self.connection.unread.drain(..end + 4).collect();
        self.parse(&text[..end])
    }

    fn parse(&self, head: &[u8]) -> Result<Head, Fault> {
        let mut lines = split_lines(head).into_iter();
        let line = lines.next().unwrap_or_default();
        if !line.starts_with(b"HTTP/") && self.has(Mistake::UnderstandsHttp09) {
            return Ok(Head { http_1_1: false, status: StatusCode::OK, headers: HeaderMap::new() });
        }
        let (version, rest) = line.split_at_checked(9).ok_or("the status line is too short")?;
        let http_1_1 = match version {
            b"HTTP/1.1 " => true,
            b"HTTP/1.0 " if !self.has(Mistake::UnderstandsHttp11Only) => false,
            _ if self.has(Mistake::TakesAnyVersion) => true,
            _ => return Err("not a version of HTTP that is understood".into()),
        };
        let code = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
        let status = self.status(code)?;
        let mut headers = HeaderMap::new();
        let mut lines: Vec<_> = lines.collect();
        let cut = self.has(Mistake::CutsHeads);
        if cut && lines.len() > MAX_HEADERS {
            lines.truncate(MAX_HEADERS);
            lines.push(b"Content-Length: 0".to_vec());
        }
        if lines.len() > MAX_HEADERS && !self.has(Mistake::IgnoresHeadLimits) && !cut {
            return Err("there are too many headers".into());
        }
        if self.has(Mistake::HasLittleRoomForHeads) && head.len() > 1_000 {
            return Err("the head is too long".into());
        }
        for line in lines {
            match self.header(&line) {
                Ok((name, value)) => headers.append(name, value),
                Err(_) if self.has(Mistake::ForgivesControlCharacters) => continue,
                Err(fault) => return Err(fault),
            };
        }
        Ok(Head { http_1_1, status, headers })
    }

    fn status(&self, code: &[u8]) -> Result<StatusCode, Fault> {
        let known = StatusCode::from_bytes(code);
        if self.has(Mistake::RoundsStatuses) {
            let known = known.ok().filter(|status| status.as_u16() < 600);
            return Ok(known.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        }
        Ok(known?)
    }

    fn header(&self, line: &[u8]) -> Result<(HeaderName, HeaderValue), Fault> {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.ok_or("a header without a colon")?);
        let mut value = value[1..].trim_ascii().to_vec();
        if self.has(Mistake::ForgivesControlCharacters) {
            value.iter_mut().filter(|byte| byte.is_ascii_control()).for_each(|byte| *byte = b' ');
        }
        if self.has(Mistake::ReadsHeadsAsText) {
            value = String::from_utf8_lossy(&value).into_owned().into_bytes();
        }
        Ok((HeaderName::from_bytes(name)?, HeaderValue::from_bytes(&value)?))
    }

    /// Reads the body. Returns whether it ended before the connection did.
    fn body(&mut self, head: &Head) -> Result<(Vec<u8>, bool), Fault> {
        let bodyless =
            head.status.is_informational() || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bodyless && !self.has(Mistake::ReadsBodiesOfBodylessStatuses) {
            let none = head.headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
            return Ok((Vec::new(), none));
        }
        if head.headers.contains_key(TRANSFER_ENCODING) {
            if self.has(Mistake::RefusesChunks) {
                return Err("the body is chunked".into());
            }
            if !head.http_1_1 && !self.has(Mistake::UndoesChunksInHttp10) {
                return Err("HTTP/1.0 has no chunks".into());
            }
            return Ok((self.chunks()?, true));
        }
        match self.length(&head.headers)? {
            Some(length) => Ok((self.exactly(length)?, true)),
            None => Ok((self.until_the_end()?, false)),
        }
    }

    fn length(&self, headers: &HeaderMap) -> Result<Option<usize>, Fault> {
        let mut lengths: Vec<_> = headers.get_all(CONTENT_LENGTH).iter().collect();
        if self.has(Mistake::RefusesARepeatedLength) && lengths.len() > 1 {
            return Err("there is more than one length".into());
        }
        if self.has(Mistake::TakesTheFirstLength) {
            lengths.truncate(1);
        }
        lengths.dedup();
        let [length] = lengths[..] else {
            return match lengths.len() {
                0 => Ok(None),
                _ => Err("there is more than one length".into()),
            };
        };
        let text = length.to_str()?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(length) if digits || self.has(Mistake::ReadsSignsInLengths) => Ok(Some(length)),
            _ if self.has(Mistake::TakesABadLengthForNone) => Ok(None),
            _ => Err("the length is no number".into()),
        }
    }

    fn limit(&self) -> usize {
        match self.mistakes.only() {
            Some(Mistake::AllowsOneByteTooMany) => self.settings.body_limit + 1,
            Some(Mistake::AllowsOneByteTooFew) => self.settings.body_limit - 1,
            _ => self.settings.body_limit,
        }
    }

    /// Returns what becomes of a body that is longer than the limit.
    fn too_long(&mut self) -> Result<Vec<u8>, Fault> {
        if self.has(Mistake::CutsBodiesAtTheLimit) {
            return Ok(vec![b'x'; self.limit()]);
        }
        Err("the body is longer than the limit".into())
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Fault> {
        if length > self.limit() {
            return self.too_long();
        }
        while self.connection.unread.len() < length {
            let more = self.more();
            if more.is_err() && self.has(Mistake::TrustsTruncatedBodies) {
                return Ok(std::mem::take(&mut self.connection.unread));
            }
            more?;
        }
        Ok(self.connection.unread.drain(..length).collect())
    }

    fn until_the_end(&mut self) -> Result<Vec<u8>, Fault> {
        loop {
            if self.connection.unread.len() > self.limit() {
                return self.too_long();
            }
            match self.connection.more(self.deadline) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error)
                    if error.kind() == std::io::ErrorKind::ConnectionReset
                        && self.has(Mistake::TakesAResetForTheEnd) =>
                {
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(std::mem::take(&mut self.connection.unread))
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            let chunk = match self.chunk() {
                Err(_) if self.has(Mistake::TrustsTruncatedChunks) => return Ok(body),
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Ok(body);
            }
            if self.has(Mistake::LosesTheLastChunk) && self.connection.unread.starts_with(b"0") {
                continue;
            }
            body.extend(chunk);
            if body.len() > self.limit() {
                return self.too_long();
            }
        }
    }

    /// Reads a chunk. The last one is empty, and the trailers after it are read and dropped.
    fn chunk(&mut self) -> Result<Vec<u8>, Fault> {
        let line = self.line()?;
        let mut parts = line.split(|byte| *byte == b';');
        let size = std::str::from_utf8(parts.next().unwrap_or_default())?;
        if parts.next().is_some() && self.has(Mistake::RefusesChunkExtensions) {
            return Err("a chunk has an extension".into());
        }
        let size = usize::from_str_radix(size, 16)?;
        let chunk = self.exactly(size)?;
        while !self.line()?.is_empty() {
            if size > 0 {
                return Err("a chunk does not end where it should".into());
            }
            if self.has(Mistake::RefusesTrailers) {
                return Err("there are trailers".into());
            }
        }
        Ok(chunk)
    }

    fn line(&mut self) -> Result<Vec<u8>, Fault> {
        let end = loop {
            let unread = &self.connection.unread;
            if let Some(end) = unread.windows(2).position(|window| window == b"\r\n") {
                break end;
            }
            if unread.len() > MAX_HEAD {
                return Err("the line is too long".into());
            }
            self.more()?;
        };
        let mut line: Vec<u8> = self.connection.unread.drain(..end + 2).collect();
        line.truncate(end);
        Ok(line)
    }
}

/// Splits at CR LF. A CR or LF alone stays in its line, where it will be refused.
fn split_lines(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut bytes = head.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == b'\r' && bytes.next_if(|next| **next == b'\n').is_some() {
            lines.push(Vec::new());
        } else if let Some(line) = lines.last_mut() {
            line.push(*byte);
        }
    }
    lines
}
