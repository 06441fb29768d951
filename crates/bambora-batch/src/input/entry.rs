//! One line of a list, and what can be wrong with it or with the list.

use std::io;

use bambora_core::errors::InvalidPostingKey;
use bambora_core::errors::InvalidReference;
use bambora_core::{Amount, PaymentReference};

use crate::order::Order;

/// An entry of a list of payments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The line that it begins on, counted from 1.
    pub line: u64,
    /// The reference, or why the line has none.
    pub reference: Result<PaymentReference, InvalidEntry>,
}

impl Entry {
    /// Returns `true` if the reference begins or ends with a blank. Blanks belong to it, but are rarely meant.
    #[must_use]
    pub fn has_outer_blanks(&self) -> bool {
        self.reference.as_ref().is_ok_and(has_outer_blanks)
    }
}

/// An entry of a list of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderEntry {
    /// The line that it begins on, counted from 1.
    pub line: u64,
    /// The order, or why the line has none.
    pub order: Result<Order, InvalidEntry>,
}

impl OrderEntry {
    /// Returns `true` if the reference begins or ends with a blank. Blanks belong to it, but are rarely meant.
    #[must_use]
    pub fn has_outer_blanks(&self) -> bool {
        self.order.as_ref().is_ok_and(|order| has_outer_blanks(order.reference()))
    }
}

/// A list of payments is a list of cancels.
impl From<Entry> for OrderEntry {
    fn from(entry: Entry) -> Self {
        Self { line: entry.line, order: entry.reference.map(Order::Cancel) }
    }
}

/// Returns `true` if the reference begins or ends with a blank. Blanks belong to it, but are rarely meant. Characters that nobody sees
/// count as blanks, too: a byte order mark between two files that were joined, for example.
#[must_use]
pub fn has_outer_blanks(reference: &PaymentReference) -> bool {
    let is_blank = |character: char| {
        character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
    };
    reference.as_str().starts_with(is_blank) || reference.as_str().ends_with(is_blank)
}

/// Why a line has no reference, or no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEntry {
    /// The text is no reference.
    #[error(transparent)]
    Reference(#[from] InvalidReference),
    /// The text is not UTF-8.
    #[error("it is not UTF-8: save the list as UTF-8")]
    NotUtf8,
    /// The line is longer than any reference.
    #[error("it is longer than any payment reference")]
    TooLong,
    /// The record is not on one line.
    #[error(
        "the record goes on to line {last}, since a quotation mark is not closed on its line: close or remove it, and write no \
         line break into a value"
    )]
    #[non_exhaustive]
    SpansLines {
        /// The line that the record ends on.
        last: u64,
    },
    /// The record ends before the column.
    #[error("the record has no value in the column {column:?}")]
    #[non_exhaustive]
    NoValue {
        /// The column.
        column: String,
    },
    /// The record has more values than the header has columns.
    #[error(
        "the record has {values} values for {columns} columns: put a value that has the separator in it in quotation marks, and write \
         amounts in minor currency units, 1000 for 10.00"
    )]
    #[non_exhaustive]
    TooManyValues {
        /// How many values it has.
        values: usize,
        /// How many columns the header has.
        columns: usize,
    },
    /// The amount is no number of minor units.
    #[error("the amount is not a whole number of minor currency units: write 1000 for 10.00")]
    NotAnAmount,
    /// The amount of a refund is 0.
    #[error("the amount is 0: the API refunds 1 minor currency unit or more")]
    NothingToRefund,
    /// The key is not valid.
    #[error(transparent)]
    Key(#[from] InvalidPostingKey),
    /// An earlier line, or the journal, has the same key for this payment, with another amount.
    #[error(
        "the key stands for {amount} minor units of this payment {where_}: give each capture and each refund a key of its own",
        where_ = place(.line)
    )]
    #[non_exhaustive]
    KeyUsed {
        /// The amount that it stands for.
        amount: Amount,
        /// The earlier line. `None` if it is in the journal.
        line: Option<u64>,
    },
}

fn place(line: &Option<u64>) -> String {
    line.map_or_else(|| "in the journal".to_owned(), |line| format!("on line {line}"))
}

/// The list cannot be read any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Reading failed.
    #[error("cannot read the list: {0}")]
    Read(#[source] io::Error),
    /// The list is UTF-16.
    #[error("the list is UTF-16: save it as UTF-8")]
    Utf16,
    /// The header has no such column.
    #[error("the list has no column {column:?}, only {columns:?}: give one of those")]
    #[non_exhaustive]
    NoColumn {
        /// The column that was asked for.
        column: String,
        /// The columns that the header has, as far as they are shown.
        columns: Vec<String>,
    },
    /// The header has the column twice.
    #[error("the list has the column {column:?} more than once: give each column its own name")]
    #[non_exhaustive]
    AmbiguousColumn {
        /// The column that was asked for.
        column: String,
    },
    /// The header is not on one line.
    #[error(
        "the names of the columns go on after the first line, since a quotation mark is not closed there: close or remove it, \
         and write no line break into a name"
    )]
    HeaderSpansLines,
    /// The list ends within quotation marks.
    #[error(
        "the record that begins on line {line} has a quotation mark that is never closed, so whatever follows would be a part \
         of it: close or remove it"
    )]
    #[non_exhaustive]
    UnclosedQuote {
        /// The line that the record begins on.
        line: u64,
    },
    /// A record does not end.
    #[error(
        "the record that begins on line {line} does not end within a mebibyte: look for a quotation mark that is never \
         closed"
    )]
    #[non_exhaustive]
    EndlessRecord {
        /// The line that the record begins on.
        line: u64,
    },
}
