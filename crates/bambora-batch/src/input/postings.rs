//! Captures or refunds from a file or a pipe, one after another.

use std::io::Read;

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};

use super::entry::{InputError, InvalidEntry, OrderEntry};
use super::table::Table;
use crate::order::Order;

/// Which columns of comma-separated values have what a capture or refund needs: `reference`, `amount` and `key`, unless they are
/// given other names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostingColumns {
    /// The column with the payments' references.
    pub reference: String,
    /// The column with the amounts, in minor currency units.
    pub amount: String,
    /// The column with the keys.
    pub key: String,
    /// What separates the values.
    pub delimiter: u8,
}

impl Default for PostingColumns {
    fn default() -> Self {
        let [reference, amount, key] = ["reference", "amount", "key"].map(str::to_owned);
        Self { reference, amount, key, delimiter: b',' }
    }
}

impl PostingColumns {
    /// Names the column with the payments' references.
    #[must_use]
    pub fn reference(mut self, column: impl Into<String>) -> Self {
        self.reference = column.into();
        self
    }

    /// Names the column with the amounts, in minor currency units.
    #[must_use]
    pub fn amount(mut self, column: impl Into<String>) -> Self {
        self.amount = column.into();
        self
    }

    /// Names the column with the keys.
    #[must_use]
    pub fn key(mut self, column: impl Into<String>) -> Self {
        self.key = column.into();
        self
    }

    /// Sets what separates the values.
    #[must_use]
    pub fn delimiter(mut self, separator: u8) -> Self {
        self.delimiter = separator;
        self
    }
}

/// Reads a list of captures, or of refunds, as a stream: an iterator over its entries, valid or not. After an error it ends.
///
/// The first line names the columns. An amount is a whole number of minor currency units. A key is the merchant's own, and is never
/// made up here: with another one, the same capture would be made again. A record that goes over several lines is
/// [invalid](InvalidEntry::SpansLines).
///
/// ```
/// use bambora_batch::{PostingColumns, Postings};
/// use bambora_core::posting::PostingKind;
///
/// # fn main() -> Result<(), bambora_batch::InputError> {
/// let list = "order,amount,invoice\nORDER-1,1000,INVOICE-7\nORDER-2,10.00,INVOICE-8\n";
/// let columns = PostingColumns::default().reference("order").key("invoice");
/// let mut captures = Postings::new(list.as_bytes(), PostingKind::Capture, &columns)?;
///
/// let first = captures.next().unwrap()?.order.unwrap();
/// assert_eq!(first.to_string(), "capture of 1000 minor units of ORDER-1 by key INVOICE-7");
/// let second = captures.next().unwrap()?.order.unwrap_err();
/// assert!(second.to_string().contains("write 1000 for 10.00"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Postings<R> {
    kind: PostingKind,
    table: Table<R>,
    ended: bool,
}

impl<R: Read> Postings<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// If the header cannot be read, or has not these columns.
    pub fn new(source: R, kind: PostingKind, columns: &PostingColumns) -> Result<Self, InputError> {
        let names = [&columns.reference, &columns.amount, &columns.key].map(String::as_str);
        Ok(Self { kind, table: Table::new(source, &names, columns.delimiter)?, ended: false })
    }

    fn order(&self) -> Result<Order, InvalidEntry> {
        let reference = PaymentReference::new(self.table.value(0)?)?;
        let amount = amount(self.table.value(1)?).ok_or(InvalidEntry::NotAnAmount)?;
        if self.kind == PostingKind::Refund && amount.minor_units() == 0 {
            return Err(InvalidEntry::NothingToRefund);
        }
        let key = PostingKey::new(self.table.value(2)?)?;
        Ok(PostingOrder::new(self.kind, reference, amount, key).into())
    }
}

/// Digits only: a sign, a decimal point or a separator may mean another number than it seems.
fn amount(text: &str) -> Option<Amount> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)?;
    Amount::from_minor_units(digits.parse().ok()?).ok()
}

impl<R: Read> Iterator for Postings<R> {
    type Item = Result<OrderEntry, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.table.next();
        self.ended = !matches!(line, Ok(Some(_)));
        let line = line.transpose()?;
        Some(line.map(|line| OrderEntry { line, order: self.order() }))
    }
}
