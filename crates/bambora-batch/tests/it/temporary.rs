//! A folder with a journal in it.

use std::path::{Path, PathBuf};

use bambora_batch::{Journal, JournalError, JournalOptions};
use bambora_core::{BaseUrl, Merchant, MerchantNumber, PaymentReference};
use tempfile::TempDir;

pub(crate) fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

pub(crate) fn open(path: &Path) -> Result<Journal, JournalError> {
    Journal::open(path, &merchant())
}

pub(crate) fn adopt(path: &Path) -> Result<Journal, JournalError> {
    JournalOptions::new().owner(&merchant()).adopt(true).open(path)
}

pub(crate) fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

pub(crate) fn references(count: usize) -> Vec<PaymentReference> {
    (0..count).map(|number| reference(&format!("ORDER-{number}"))).collect()
}

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A journal with so many rows that wait.
    pub(crate) fn journal(&self, rows: usize) -> Journal {
        let journal = open(&self.join("night.journal")).unwrap();
        journal.add(references(rows)).wait().unwrap();
        journal
    }
}
