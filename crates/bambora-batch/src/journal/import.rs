//! Adds a whole list, or nothing of it.

use super::adding;
use super::conflicts;
use super::error::JournalError;
use super::handle::Journal;
use crate::input::{InputError, InvalidEntry, OrderEntry};
use crate::order::Order;

/// How many orders the thread of the journal is handed at once.
const PART: usize = 1_000;

/// How many invalid lines, and lines with outer blanks, are kept. All are counted.
const LISTED: usize = 100;

/// What to do about lines that have no reference, or no order that can be added.
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
    /// Orders that the journal did not have.
    pub added: u64,
    /// Orders that the journal had already, or that the list has more than once.
    pub duplicates: u64,
    /// How many lines are invalid.
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
    /// There is no room for the temporary file that the list is read into. Nothing of it was added.
    #[error(
        "no room is left for the list in the folder for temporary files: free some, or name another folder in the environment \
         variable SQLITE_TMPDIR"
    )]
    TemporaryFolderFull,
    /// Lines are invalid.
    #[error("{}", invalid_lines(.0.invalid))]
    InvalidLines(Box<Imported>),
}

fn invalid_lines(count: u64) -> String {
    match count {
        1 => "1 line of the list is invalid, so nothing of the list was added: correct it, or skip it".to_owned(),
        _ => format!("{count} lines of the list are invalid, so nothing of it was added: correct them, or skip them"),
    }
}

impl Journal {
    /// Reads a list to its end, then adds all of it in one change. Blocks until that is durable.
    ///
    /// The list is added whole or not at all. As it is read it goes to a temporary file, not into memory. It is a list of
    /// [`References`](crate::References) to be canceled, or of [`Postings`](crate::Postings).
    ///
    /// # Errors
    ///
    /// If the list cannot be read, has invalid lines that are not skipped, or cannot be written.
    pub fn import<E: Into<OrderEntry>>(
        &self,
        list: impl IntoIterator<Item = Result<E, InputError>>,
        invalid: InvalidLines,
    ) -> Result<Imported, ImportError> {
        let _guard = self.list();
        self.read(adding::begin_list).wait()?;
        let imported = self.read_list(list).and_then(|imported| self.add_list(imported, invalid));
        if imported.is_err() {
            // It goes with the connection in any case.
            let _ = self.read(adding::discard_list).wait();
        }
        imported
    }

    fn read_list<E: Into<OrderEntry>>(
        &self,
        list: impl IntoIterator<Item = Result<E, InputError>>,
    ) -> Result<Imported, ImportError> {
        let mut imported = Imported::default();
        let mut part = Vec::with_capacity(PART);
        for entry in list {
            let entry = entry?.into();
            if entry.has_outer_blanks() {
                imported.outer_blanks += 1;
                if imported.outer_blank_lines.len() < LISTED {
                    imported.outer_blank_lines.push(entry.line);
                }
            }
            match entry.order {
                Ok(order) => part.push((entry.line, order)),
                Err(error) => imported.add_invalid(1, [(entry.line, error)]),
            }
            if part.len() == PART {
                let whole = std::mem::replace(&mut part, Vec::with_capacity(PART));
                self.extend_list(whole)?;
            }
        }
        self.extend_list(part)?;
        Ok(imported)
    }

    fn extend_list(&self, part: Vec<(u64, Order)>) -> Result<(), ImportError> {
        let extended = self.read(move |connection| adding::extend_list(connection, &part)).wait();
        extended.map_err(|error| match error {
            // The journal itself is not written here.
            JournalError::DiskFull => ImportError::TemporaryFolderFull,
            error => error.into(),
        })
    }

    /// Adds what was read, unless lines of it are invalid. What a key stands for is looked up in the same change.
    fn add_list(&self, mut imported: Imported, invalid: InvalidLines) -> Result<Imported, ImportError> {
        let added = self.write(move |connection| {
            let conflicts = conflicts::find(connection, LISTED)?;
            imported.add_invalid(conflicts.count, conflicts.first);
            if imported.invalid > 0 && invalid == InvalidLines::Refuse {
                return Ok(Err(imported));
            }
            conflicts::discard(connection)?;
            let added = adding::add_list(connection)?;
            (imported.added, imported.duplicates) = (added.added, added.duplicates);
            Ok(Ok(imported))
        });
        added.wait()?.map_err(|imported| ImportError::InvalidLines(Box::new(imported)))
    }
}

impl Imported {
    fn add_invalid(&mut self, count: u64, first: impl IntoIterator<Item = (u64, InvalidEntry)>) {
        self.invalid += count;
        self.invalid_lines.extend(first);
        self.invalid_lines.sort_by_key(|(line, _)| *line);
        self.invalid_lines.truncate(LISTED);
    }
}

#[cfg(test)]
mod tests {
    use bambora_core::{BaseUrl, Merchant, MerchantNumber};

    use super::*;
    use crate::input::{Format, References};

    #[test]
    fn a_full_folder_for_temporary_files_is_not_taken_for_a_full_journal() {
        let folder = tempfile::tempdir().unwrap();
        let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap());
        let journal = Journal::open(folder.path().join("night.journal"), &merchant).unwrap();
        let import = |payments: usize| {
            let list: String = (0..payments).map(|number| format!("ORDER-{number}\n")).collect();
            journal.import(References::new(list.as_bytes(), &Format::Lines).unwrap(), InvalidLines::Refuse)
        };
        let limit = journal.read(|connection| Ok(connection.pragma_update(Some("temp"), "max_page_count", 20)?));
        limit.wait().unwrap();
        // Of neither list is anything left beside the journal.
        let left = || {
            let temporary = "select count(*) from temp.sqlite_master";
            journal
                .read(|connection| Ok(connection.query_one(temporary, [], |row| row.get::<_, i64>(0))?))
                .wait()
                .unwrap()
        };
        assert!(matches!(import(10_000), Err(ImportError::TemporaryFolderFull)));
        assert_eq!(left(), 0);
        assert_eq!(import(10).unwrap().added, 10);
        assert_eq!(left(), 0);
    }
}
