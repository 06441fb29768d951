//! A list with one reference on each line.

use std::io::{BufRead, BufReader, Read};
use std::str;

use bambora_core::PaymentReference;

use super::entry::{Entry, InputError, InvalidEntry};

/// No reference is longer, in whatever characters.
const LONGEST: usize = PaymentReference::MAX_CHARACTERS * 4;

/// Reads the lines; blank ones have no entry.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: BufReader<R>,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source: BufReader::with_capacity(64 * 1024, source), line: 0, buffer: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, InputError> {
        loop {
            let Some(whole) = self.read_line().map_err(InputError::Read)? else {
                return Ok(None);
            };
            self.line += 1;
            let mut text = self.buffer.as_slice();
            if self.line == 1 {
                if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
                    return Err(InputError::Utf16);
                }
                text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            }
            text = text.strip_suffix(b"\n").unwrap_or(text);
            text = text.strip_suffix(b"\r").unwrap_or(text);
            if whole && text.trim_ascii().is_empty() {
                continue;
            }
            let reference = if whole { reference(text) } else { Err(InvalidEntry::TooLong) };
            return Ok(Some(Entry { line: self.line, reference }));
        }
    }

    /// Reads up to the end of the line and keeps no more of it than a reference can have. `false` if it has more.
    fn read_line(&mut self) -> std::io::Result<Option<bool>> {
        self.buffer.clear();
        // The mark at the beginning of a file, and the line break.
        let limit = LONGEST as u64 + 5;
        let read = (&mut self.source).take(limit).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        if self.buffer.ends_with(b"\n") || (read as u64) < limit {
            return Ok(Some(true));
        }
        self.source.skip_until(b'\n')?;
        Ok(Some(false))
    }
}

fn reference(text: &[u8]) -> Result<PaymentReference, InvalidEntry> {
    let text = str::from_utf8(text).map_err(|_| InvalidEntry::NotUtf8)?;
    Ok(PaymentReference::new(text)?)
}
