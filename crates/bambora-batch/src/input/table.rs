//! A list in columns of a CSV file.

use std::fmt;
use std::io::{self, Chain, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ErrorKind, ReaderBuilder, Terminator};

use super::entry::{InputError, InvalidEntry};

/// No record is longer. Without a limit, a quotation mark that is never closed takes the rest of the file into memory.
const LONGEST_RECORD: u64 = 1024 * 1024;

/// How many columns an error names, and how much of each.
const SHOWN: usize = 20;

/// What follows the list: a line break in case that its last line has none, and one that is left over then. If nothing is left
/// over, the list ends within quotation marks.
const END: &[u8] = b"\n\n";

/// Reads some columns of the records; blank lines have no record.
///
/// A record stands on one line. If a quotation mark is not closed where it should be, CSV has the next lines in its value, and
/// their payments would be missing without a word.
pub(super) struct Table<R> {
    /// The list and its [`END`].
    reader: csv::Reader<Chain<Limited<R>, &'static [u8]>>,
    since_record: Arc<AtomicU64>,
    columns: Vec<Column>,
    /// How many columns the header has.
    width: usize,
    record: ByteRecord,
    /// How many line breaks are in the record's values.
    breaks: u64,
}

#[derive(Debug)]
struct Column {
    position: usize,
    name: String,
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(super) fn new(source: R, columns: &[&str], delimiter: u8) -> Result<Self, InputError> {
        let since_record = Arc::new(AtomicU64::new(0));
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .delimiter(delimiter)
            // The default ends a record at CR, and its LF is counted with the next: lines would be misnumbered.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Limited { source, since_record: Arc::clone(&since_record) }.chain(END));
        let header = reader.byte_headers().map_err(|error| describe(error, 1))?;
        if header.get(0).is_some_and(|first| first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff")) {
            return Err(InputError::Utf16);
        }
        if line_breaks(header) > 0 {
            return Err(InputError::HeaderSpansLines);
        }
        let columns = columns.iter().map(|name| Column::find(name, header)).collect::<Result<_, _>>()?;
        let width = header.len();
        Ok(Self { reader, since_record, columns, width, record: ByteRecord::new(), breaks: 0 })
    }

    /// Reads the next record, and returns the line that it begins on.
    pub(super) fn next(&mut self) -> Result<Option<u64>, InputError> {
        loop {
            self.since_record.store(0, Ordering::Relaxed);
            let begun = self.reader.position().clone();
            if !self.reader.read_byte_record(&mut self.record).map_err(|error| describe(error, begun.line()))? {
                let end = self.reader.position();
                return match end.byte() == begun.byte() {
                    true => Err(InputError::UnclosedQuote { line: end.line().saturating_sub(self.breaks) }),
                    false => Ok(None),
                };
            }
            self.breaks = line_breaks(&self.record);
            let blank = self.record.len() == 1 && self.record.as_slice().trim_ascii().is_empty();
            if !blank {
                // Blank lines before the record are skipped with it, so its line is counted back from its end.
                let line = self.reader.position().line().saturating_sub(self.breaks + 1);
                return Ok(Some(line.max(begun.line())));
            }
        }
    }

    /// Returns the value of the record in a column, by its place among those that were asked for.
    pub(super) fn value(&self, column: usize) -> Result<&str, InvalidEntry> {
        if self.breaks > 0 {
            return Err(InvalidEntry::SpansLines { last: self.reader.position().line().saturating_sub(1) });
        }
        // Which value is one too many, nobody knows: those in the columns may be parts of others.
        if self.record.iter().skip(self.width).any(|value| !value.trim_ascii().is_empty()) {
            return Err(InvalidEntry::TooManyValues { values: self.record.len(), columns: self.width });
        }
        let column = self.columns.get(column).ok_or_else(|| InvalidEntry::NoValue { column: String::new() })?;
        let value = self.record.get(column.position);
        let value = value.ok_or_else(|| InvalidEntry::NoValue { column: column.name.clone() })?;
        str::from_utf8(without_cr(value)).map_err(|_| InvalidEntry::NotUtf8)
    }
}

impl Column {
    fn find(name: &str, header: &ByteRecord) -> Result<Self, InputError> {
        let mut positions =
            header.iter().enumerate().filter(|(_, found)| without_cr(found) == name.as_bytes()).map(|(at, _)| at);
        let position = positions.next();
        if positions.next().is_some() {
            return Err(InputError::AmbiguousColumn { column: name.to_owned() });
        }
        Ok(Self { position: position.ok_or_else(|| no_column(name, header))?, name: name.to_owned() })
    }
}

fn line_breaks(record: &ByteRecord) -> u64 {
    record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The last value of a record has the CR of a CRLF.
fn without_cr(value: &[u8]) -> &[u8] {
    value.strip_suffix(b"\r").unwrap_or(value)
}

impl<R> fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("columns", &self.columns).finish_non_exhaustive()
    }
}

fn no_column(column: &str, header: &ByteRecord) -> InputError {
    InputError::NoColumn {
        column: column.to_owned(),
        columns: header
            .iter()
            .take(SHOWN)
            .map(|name| {
                let name = String::from_utf8_lossy(without_cr(name));
                name.chars().take(40).collect()
            })
            .collect(),
    }
}

fn describe(error: csv::Error, line: u64) -> InputError {
    match error.into_kind() {
        ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
            InputError::EndlessRecord { line }
        }
        ErrorKind::Io(error) => InputError::Read(error),
        // The others are of records that are read as text, or whose lengths are compared.
        other => InputError::Read(io::Error::other(format!("{other:?}"))),
    }
}

/// Fails if too much is read since a record began.
struct Limited<R> {
    source: R,
    since_record: Arc<AtomicU64>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.load(Ordering::Relaxed) > LONGEST_RECORD {
            return Err(io::Error::other(TooLong));
        }
        let read = self.source.read(buffer)?;
        self.since_record.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a record is too long")]
struct TooLong;
