//! References from a file or a pipe, one after another.

use std::io::Read;

use bambora_core::PaymentReference;

use super::entry::{Entry, InputError};
use super::lines::Lines;
use super::table::Table;

/// Where a list has its references.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One on each line.
    Lines,
    /// In a column of comma-separated values, whose first line names the columns. A record that goes over several lines is
    /// [invalid](super::InvalidEntry::SpansLines): a quotation mark that is not closed must not hide the payments after it.
    #[non_exhaustive]
    Csv {
        /// The column's name.
        column: String,
        /// What separates the values.
        delimiter: u8,
    },
}

impl Format {
    /// A column of comma-separated values.
    #[must_use]
    pub fn csv(column: impl Into<String>) -> Self {
        Self::Csv { column: column.into(), delimiter: b',' }
    }

    /// The same with another separator. It does nothing to a list of lines.
    #[must_use]
    pub fn delimiter(mut self, separator: u8) -> Self {
        if let Self::Csv { delimiter, .. } = &mut self {
            *delimiter = separator;
        }
        self
    }
}

/// Reads a list as a stream: an iterator over its entries, valid or not. After an error it ends.
///
/// ```
/// use bambora_batch::{Format, References};
///
/// # fn main() -> Result<(), bambora_batch::InputError> {
/// let list = "\u{feff}order,amount\r\nORDER-1,100\r\n\"ORDER,2\",200\r\n";
/// let references = References::new(list.as_bytes(), &Format::csv("order"))?;
/// let texts: Vec<String> = references
///     .map(|entry| entry.map(|entry| entry.reference.map(|reference| reference.to_string())))
///     .filter_map(|entry| entry.ok()?.ok())
///     .collect();
/// assert_eq!(texts, ["ORDER-1", "ORDER,2"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct References<R> {
    source: Source<R>,
    ended: bool,
}

#[derive(Debug)]
enum Source<R> {
    Lines(Lines<R>),
    Table(Table<R>),
}

impl<R: Read> References<R> {
    /// Reads the header, if the format has one.
    ///
    /// # Errors
    ///
    /// If the header cannot be read, or has no such column.
    pub fn new(source: R, format: &Format) -> Result<Self, InputError> {
        Ok(Self {
            source: match format {
                Format::Lines => Source::Lines(Lines::new(source)),
                Format::Csv { column, delimiter } => Source::Table(Table::new(source, &[column], *delimiter)?),
            },
            ended: false,
        })
    }
}

impl<R: Read> Iterator for References<R> {
    type Item = Result<Entry, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = match &mut self.source {
            Source::Lines(lines) => lines.next(),
            Source::Table(table) => entry(table),
        };
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

fn entry<R: Read>(table: &mut Table<R>) -> Result<Option<Entry>, InputError> {
    let line = table.next()?;
    Ok(line.map(|line| Entry { line, reference: table.value(0).and_then(|text| Ok(PaymentReference::new(text)?)) }))
}
