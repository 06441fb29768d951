//! Adds a whole list, or nothing of it.

use bambora_core::PaymentReference;

use super::adding;
use super::error::JournalError;
use super::handle::Journal;
use crate::input::{Entry, InputError, InvalidEntry};

/// How many payments the thread of the journal is handed at once.
const PART: usize = 1_000;

/// How many invalid lines, and lines with outer blanks, are kept. All are counted.
const LISTED: usize = 100;

/// What to do about lines that have no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidLines {
    /// Read the list to its end, then add nothing of it.
    Refuse,
    /// Add the others.
    Skip,
}

/// What was in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Payments that the journal did not have.
    pub added: u64,
    /// Payments that the journal had already, or that the list has more than once.
    pub duplicates: u64,
    /// How many lines have no reference.
    pub invalid: u64,
    /// The first of them, with their numbers.
    pub invalid_lines: Vec<(u64, InvalidEntry)>,
    /// How many references begin or end with a blank.
    pub outer_blanks: u64,
    /// The numbers of the first of their lines.
    pub outer_blank_lines: Vec<u64>,
}

/// A list was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The list cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Lines have no reference.
    #[error("{count} lines of the list have no payment reference, so nothing of it was added: correct them, or skip them", count = .0.invalid)]
    InvalidLines(Box<Imported>),
}

impl Journal {
    /// Reads a list to its end, then adds all of it in one change. Blocks until that is durable.
    ///
    /// The list is added whole or not at all. As it is read it goes to a temporary file, not into memory.
    ///
    /// # Errors
    ///
    /// If the list cannot be read, has invalid lines that are not skipped, or cannot be written.
    pub fn import(
        &self,
        list: impl IntoIterator<Item = Result<Entry, InputError>>,
        invalid: InvalidLines,
    ) -> Result<Imported, ImportError> {
        let _guard = self.list();
        self.read(adding::begin_list).wait()?;
        let imported = self.read_list(list, invalid);
        if imported.is_err() {
            // It goes with the connection in any case.
            let _ = self.read(adding::discard_list).wait();
        }
        let mut imported = imported?;
        let added = self.write(adding::add_list).wait()?;
        imported.added = added.added;
        imported.duplicates = added.duplicates;
        Ok(imported)
    }

    fn read_list(
        &self,
        list: impl IntoIterator<Item = Result<Entry, InputError>>,
        invalid: InvalidLines,
    ) -> Result<Imported, ImportError> {
        let mut imported = Imported::default();
        let mut part = Vec::with_capacity(PART);
        for entry in list {
            let entry = entry?;
            if entry.has_outer_blanks() {
                imported.outer_blanks += 1;
                if imported.outer_blank_lines.len() < LISTED {
                    imported.outer_blank_lines.push(entry.line);
                }
            }
            match entry.reference {
                Ok(reference) => part.push(reference),
                Err(error) => {
                    imported.invalid += 1;
                    if imported.invalid_lines.len() < LISTED {
                        imported.invalid_lines.push((entry.line, error));
                    }
                }
            }
            if part.len() == PART {
                let whole = std::mem::replace(&mut part, Vec::with_capacity(PART));
                self.extend_list(whole)?;
            }
        }
        if imported.invalid > 0 && invalid == InvalidLines::Refuse {
            return Err(ImportError::InvalidLines(Box::new(imported)));
        }
        self.extend_list(part)?;
        Ok(imported)
    }

    fn extend_list(&self, part: Vec<PaymentReference>) -> Result<(), JournalError> {
        self.read(move |connection| adding::extend_list(connection, &part)).wait()
    }
}
