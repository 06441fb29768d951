//! The journal's files go away under it.

use std::fs::{self, OpenOptions};
use std::path::Path;

use bambora_batch::{Journal, JournalError, Status};

use super::temporary::{Folder, open, references};

fn is_lost<T: std::fmt::Debug>(result: Result<T, JournalError>) -> bool {
    matches!(result, Err(JournalError::Lost { .. }))
}

/// A file goes, and neither the next change nor any after it is told to be done.
fn goes(folder: &Folder, journal: &Journal, go: impl FnOnce(&Path, &Path)) {
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    go(&folder.join("night.journal"), &folder.join("night.journal-wal"));
    assert!(is_lost(journal.claim(run, 1).wait()));
    assert!(is_lost(journal.add(references(9)).wait()));
    assert!(is_lost(journal.record(taken, bambora_batch::Record::new(bambora_batch::Conclusion::Refused)).wait()));
    assert!(is_lost(journal.clone().close().wait()));
}

#[test]
fn the_journal_is_removed() {
    let folder = Folder::new();
    goes(&folder, &folder.journal(3), |file, _| {
        fs::remove_file(file).unwrap();
    });
}

#[test]
fn the_last_changes_are_removed() {
    let folder = Folder::new();
    goes(&folder, &folder.journal(3), |_, wal| {
        fs::remove_file(wal).unwrap();
    });
}

#[test]
fn the_journal_is_replaced() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let other = folder.join("other.journal");
    drop(open(&other).unwrap());
    let untouched = fs::read(&other).unwrap();
    goes(&folder, &folder.journal(3), |file, _| {
        fs::rename(&other, file).unwrap();
    });
    assert_eq!(fs::read(&path).unwrap(), untouched);
}

#[test]
fn the_journal_is_truncated() {
    let folder = Folder::new();
    goes(&folder, &folder.journal(3), |file, _| {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(4096).unwrap();
    });
}

#[test]
fn the_last_changes_are_truncated() {
    let folder = Folder::new();
    goes(&folder, &folder.journal(3), |_, wal| {
        let file = OpenOptions::new().write(true).open(wal).unwrap();
        file.set_len(0).unwrap();
    });
}

#[test]
fn a_journal_that_is_put_back_goes_on() {
    let folder = Folder::new();
    let aside = folder.join("aside");
    let path = folder.join("night.journal");
    let journal = folder.journal(3);
    goes(&folder, &journal, |file, _| {
        fs::rename(file, &aside).unwrap();
    });
    drop(journal);
    fs::rename(&aside, &path).unwrap();
    let counts = open(&path).unwrap().counts().wait().unwrap();
    assert_eq!((counts.of(Status::Started), counts.of(Status::Waiting)), (1, 2));
}
