//! The files of a journal, as a crash leaves them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bambora_batch::Journal;
use bambora_core::{BaseUrl, Merchant, MerchantNumber};
use tempfile::TempDir;

use crate::schedule::Schedule;

/// One file for all runs, which keeps its number: another file would be a copy. Making a new journal takes most of the time of a run.
static EMPTY: LazyLock<(TempDir, PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("no temporary folder");
    let path = folder.path().join("journal");
    let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap());
    Journal::open(&path, &merchant).and_then(|journal| journal.close().wait()).expect("no journal can be made");
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
});

/// The file of a journal, and the one with its last changes beside it.
pub(crate) struct JournalFile(());

/// What is in both files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crash {
    file: Vec<u8>,
    wal: Vec<u8>,
}

impl JournalFile {
    pub(crate) fn anew() -> Self {
        let file = Self(());
        file.restore(&Crash { file: EMPTY.2.clone(), wal: Vec::new() });
        file
    }

    pub(crate) fn path(&self) -> &Path {
        &EMPTY.1
    }

    fn wal_path(&self) -> PathBuf {
        self.path().with_file_name("journal-wal")
    }

    /// Reads the files as they are at this moment.
    pub(crate) fn crash(&self) -> Crash {
        Crash { file: fs::read(self.path()).unwrap(), wal: fs::read(self.wal_path()).unwrap_or_default() }
    }

    pub(crate) fn restore(&self, crash: &Crash) {
        // In place: a new file would have another number.
        let file = OpenOptions::new().write(true).truncate(true).open(self.path());
        file.unwrap().write_all(&crash.file).unwrap();
        let _ = fs::remove_file(self.wal_path());
        if !crash.wal.is_empty() {
            fs::write(self.wal_path(), &crash.wal).unwrap();
        }
    }
}

impl Crash {
    /// What is there if the process ends while the changes between two moments are being written. `None` if that was more than
    /// adding to the file of the last changes.
    pub(crate) fn amid(before: &Self, after: &Self, per_65536: u32) -> Option<Self> {
        let is_addition = before.file == after.file && after.wal.starts_with(&before.wal) && !before.wal.is_empty();
        let added = after.wal.len().checked_sub(before.wal.len()).filter(|_| is_addition)?;
        let kept = before.wal.len() + added * per_65536 as usize / 65_536;
        Some(Self { file: after.file.clone(), wal: after.wal[..kept].to_vec() })
    }

    /// Changes, cuts or adds a few bytes.
    pub(crate) fn damage(&mut self, schedule: &mut Schedule<'_>) {
        let bytes = match schedule.up_to(2) {
            0 => &mut self.wal,
            _ => &mut self.file,
        };
        let at = schedule.up_to(bytes.len() as u32) as usize;
        match schedule.up_to(3) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_slice(&[0xff; 7]),
            _ => {
                let byte = schedule.up_to(255) as u8;
                let length = 1 + schedule.up_to(3) as usize;
                bytes.iter_mut().skip(at).take(length).for_each(|changed| *changed = byte);
            }
        }
    }
}
