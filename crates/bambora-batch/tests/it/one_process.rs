//! One process at a time, by whatever name it opens the file.

use std::fs;
use std::path::Path;

use bambora_batch::{Conclusion, JournalError, Record, Status};

use super::child::{Process, is_permitted};
use super::temporary::{Folder, adopt, open};

fn hard_link(folder: &Folder) -> std::path::PathBuf {
    let link = folder.join("link.journal");
    fs::hard_link(folder.join("night.journal"), &link).unwrap();
    link
}

#[cfg(unix)]
fn symbolic_link(folder: &Folder) -> std::path::PathBuf {
    let link = folder.join("symbolic.journal");
    std::os::unix::fs::symlink("night.journal", &link).unwrap();
    link
}

fn is_in_use(path: &Path) -> bool {
    matches!(open(path), Err(JournalError::InUse { .. }))
}

#[test]
fn a_second_journal_in_the_same_process_is_refused_and_does_not_end_the_lock() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(1);
    let link = hard_link(&folder);
    for _ in 0..2 {
        assert!(is_in_use(&path));
        assert!(is_in_use(&link));
        let mut other = Process::start("hold", &path, &[]);
        assert!(other.line().unwrap().contains("is in use"));
    }
    drop(journal);
    assert!(open(&link).is_ok());
}

/// SQLite's own lock ends when any handle of its process to the file is closed.
#[cfg(target_os = "linux")]
#[test]
fn reading_the_file_in_the_same_process_does_not_end_the_lock() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    fs::read(journal.path()).unwrap();
    let mut other = Process::start("hold", journal.path(), &[]);
    assert!(other.line().unwrap().contains("is in use"));
}

#[test]
fn another_process_is_refused_by_every_name() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let link = hard_link(&folder);
    let mut other = Process::start("hold", &path, &[]);
    assert_eq!(other.line().unwrap(), "claimed 1");
    assert!(is_in_use(&path));
    assert!(is_in_use(&link));
    #[cfg(unix)]
    assert!(is_in_use(&symbolic_link(&folder)));
    assert!(matches!(adopt(&link), Err(JournalError::InUse { .. })));
    other.kill();
    assert!(open(&path).is_ok());
}

/// A second mount of the same file, where the system lets us make one.
#[cfg(target_os = "linux")]
#[test]
fn another_process_is_refused_by_a_second_mount() {
    let folder = Folder::new();
    let journal = folder.journal(3);
    let mounted = folder.join("mounted.journal");
    fs::write(&mounted, "").unwrap();
    let unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"];
    let mount = format!("mount --bind '{}' '{}'", journal.path().display(), mounted.display());
    if !is_permitted(&unshare, &mount) {
        return;
    }
    let script = format!("{mount} && exec \"$@\"");
    let mut other = Process::start("hold", &mounted, &[&unshare[..], &[&script, "sh"]].concat());
    assert!(other.line().unwrap().contains("is in use"));
}

#[test]
fn after_a_crash_the_last_changes_are_not_forgotten_under_another_name() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let link = hard_link(&folder);
    let mut other = Process::start("hold", &path, &[]);
    assert_eq!(other.line().unwrap(), "claimed 1");
    other.kill();

    assert!(matches!(open(&link), Err(JournalError::WalMissing { .. })));
    // As if somebody had looked at it by that name.
    fs::write(folder.join("link.journal-wal"), "").unwrap();
    assert!(matches!(open(&link), Err(JournalError::WalMissing { .. })));
    #[cfg(unix)]
    {
        let journal = open(&symbolic_link(&folder)).unwrap();
        assert_eq!(journal.counts().wait().unwrap().of(Status::Started), 1);
    }
    let journal = open(&path).unwrap();
    assert_eq!(journal.counts().wait().unwrap().of(Status::Started), 1);
    journal.begin_run().wait().unwrap();
    journal.close().wait().unwrap();
    assert!(open(&link).is_ok());
}

#[test]
fn changes_that_are_older_than_the_journal_are_not_merged() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let link = hard_link(&folder);
    let mut other = Process::start("hold", &path, &[]);
    assert_eq!(other.line().unwrap(), "claimed 1");
    other.kill();
    // Somebody helps himself, and goes on by the other name.
    let old = folder.join("night.journal-wal");
    fs::copy(&old, folder.join("link.journal-wal")).unwrap();
    let journal = open(&link).unwrap();
    let run = journal.begin_run().wait().unwrap();
    assert_eq!(journal.claim(run, 1).wait().unwrap().len(), 1);
    journal.close().wait().unwrap();

    let error = open(&path);
    assert!(matches!(error, Err(JournalError::WalStale { .. })), "{error:?}");
    assert!(matches!(adopt(&path), Err(JournalError::WalStale { .. })));
    fs::remove_file(&old).unwrap();
    let counts = open(&path).unwrap().counts().wait().unwrap();
    assert_eq!(counts.of(Status::Started), 2);
}

#[test]
fn a_copy_is_refused_until_it_is_adopted_and_then_all_of_it_is_in_doubt() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let copy = folder.join("copy.journal");
    let journal = folder.journal(3);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap();

    // While it is in use, without and with its last changes; then after it was closed.
    fs::copy(&path, &copy).unwrap();
    assert!(matches!(open(&copy), Err(JournalError::Copied { .. })));
    fs::copy(folder.join("night.journal-wal"), folder.join("copy.journal-wal")).unwrap();
    assert!(matches!(open(&copy), Err(JournalError::Copied { .. })));
    drop(taken);
    journal.close().wait().unwrap();
    fs::remove_file(folder.join("copy.journal-wal")).unwrap();
    fs::copy(&path, &copy).unwrap();
    assert!(matches!(open(&copy), Err(JournalError::Copied { .. })));

    let adopted = adopt(&copy).unwrap();
    assert_eq!(adopted.counts().wait().unwrap().of(Status::Started), 3);
    let run = adopted.begin_run().wait().unwrap();
    assert!(adopted.claim(run, 9).wait().unwrap().is_empty());
    assert_eq!(adopted.claim_in_doubt(run, 9).wait().unwrap().len(), 3);
    drop(adopted);
    assert!(open(&copy).is_ok(), "it is a journal of its own now");
    assert!(open(&path).is_ok());
}

/// The file is the same one, so nothing tells it from the original.
#[test]
fn a_backup_that_was_restored_in_place_is_in_doubt_once_it_is_adopted() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let backup = fs::read(&path).unwrap();
    let journal = open(&path).unwrap();
    let run = journal.begin_run().wait().unwrap();
    for taken in journal.claim(run, 9).wait().unwrap() {
        journal.record(taken, Record::new(Conclusion::Canceled { confirmation: "query".to_owned() })).wait().unwrap();
    }
    journal.close().wait().unwrap();
    fs::write(&path, backup).unwrap();

    let adopted = adopt(&path).unwrap();
    assert_eq!(adopted.counts().wait().unwrap().of(Status::Started), 3);
    let run = adopted.begin_run().wait().unwrap();
    assert!(adopted.claim(run, 9).wait().unwrap().is_empty());
    assert_eq!(adopted.claim_in_doubt(run, 9).wait().unwrap().len(), 3);
}

#[test]
fn a_journal_whose_last_changes_are_lost_can_be_adopted_in_doubt() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let mut other = Process::start("hold", &path, &[]);
    assert_eq!(other.line().unwrap(), "claimed 1");
    other.kill();
    fs::remove_file(folder.join("night.journal-wal")).unwrap();
    assert!(matches!(open(&path), Err(JournalError::WalMissing { .. })));
    let counts = adopt(&path).unwrap().counts().wait().unwrap();
    assert_eq!(counts.of(Status::Started), 3);
    assert!(open(&path).is_ok());
}

#[test]
fn a_journal_can_be_moved_within_its_file_system() {
    let folder = Folder::new();
    drop(folder.journal(3));
    let moved = folder.join("moved.journal");
    fs::rename(folder.join("night.journal"), &moved).unwrap();
    assert_eq!(open(&moved).unwrap().counts().wait().unwrap().total(), 3);
}
