//! Which files are opened, and what is said of the others.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use bambora_batch::{Journal, JournalError, JournalOptions, Status};
use bambora_core::{BaseUrl, Merchant, MerchantNumber};

use super::temporary::{Folder, adopt, merchant, open};

#[test]
fn a_journal_is_for_its_owner_alone_and_leaves_nothing_beside_it() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(3);
    #[cfg(unix)]
    for name in ["night.journal", "night.journal-wal"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    journal.close().wait().unwrap();
    let names: Vec<_> = fs::read_dir(folder.join(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["night.journal"]);
    assert_eq!(open(&path).unwrap().counts().wait().unwrap().total(), 3);
}

#[test]
fn a_journal_of_another_merchant_or_base_url_is_refused_by_name() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(1));
    let number = MerchantNumber::new("987654321").unwrap();
    let other = Merchant::new(BaseUrl::beta(), number);
    let error = Journal::open(&path, &other).unwrap_err();
    assert!(matches!(error, JournalError::OtherMerchant { .. }));
    assert!(error.to_string().contains("of merchant 123456789, not of 987654321"), "{error}");

    let url = BaseUrl::new("http://127.0.0.1:9").unwrap();
    let other = Merchant::new(url, merchant().number);
    let error = Journal::open(&path, &other).unwrap_err();
    assert!(matches!(error, JournalError::OtherBaseUrl { .. }));
    assert!(error.to_string().contains("127.0.0.1"), "{error}");

    let journal = JournalOptions::new().open(&path).unwrap();
    assert_eq!(journal.merchant_number(), "123456789");
    assert_eq!(journal.base_url(), BaseUrl::beta().to_string());
}

#[test]
fn a_journal_of_another_version_is_refused() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(1));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("update meta set value = '2' where key = 'schema_version'", []).unwrap();
    drop(connection);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, JournalError::OtherVersion { .. }));
    assert!(error.to_string().contains("schema version 2"), "{error}");
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    let path = folder.join("other");
    let database = folder.join("database");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("pragma journal_mode = wal; create table t (a)")
        .unwrap();
    for bytes in
        [b"ORDER-1\nORDER-2\n".to_vec(), b"SQLite format 3\0".to_vec(), vec![0; 8192], fs::read(&database).unwrap()]
    {
        fs::write(&path, &bytes).unwrap();
        for adopt in [false, true] {
            let error = JournalOptions::new().owner(&merchant()).create(true).adopt(adopt).open(&path).unwrap_err();
            assert!(matches!(error, JournalError::NotAJournal { .. }), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert!(!folder.join("other-wal").exists());
    }
    assert!(matches!(open(&folder.join(".")), Err(JournalError::NotAJournal { .. })));
}

#[test]
fn a_journal_whose_first_page_is_damaged_is_no_journal() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(1));
    let mut bytes = fs::read(&path).unwrap();
    // No page has three bytes.
    bytes[16..18].copy_from_slice(&[0, 3]);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(&path), Err(JournalError::NotAJournal { .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn nothing_is_created_unless_it_was_asked_for() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    for options in [JournalOptions::new(), JournalOptions::new().create(true), JournalOptions::new().owner(&merchant())]
    {
        assert!(matches!(options.open(&path), Err(JournalError::Open { .. })));
        assert!(!path.exists());
    }
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    fs::write(&path, "").unwrap();
    assert!(matches!(JournalOptions::new().open(&path), Err(JournalError::NotAJournal { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"");
    assert_eq!(open(&path).unwrap().counts().wait().unwrap().total(), 0);
}

#[test]
fn a_file_that_another_user_of_sqlite_has_locked_is_in_use() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("pragma locking_mode = exclusive; begin exclusive").unwrap();
    assert!(matches!(open(&path), Err(JournalError::InUse { .. })));
    drop(other);
    assert_eq!(open(&path).unwrap().counts().wait().unwrap().total(), 3);
}

#[test]
fn looking_at_a_journal_does_not_change_its_file() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(3));
    let before = fs::read(&path).unwrap();
    let journal = JournalOptions::new().open(&path).unwrap();
    assert_eq!(journal.rows(&bambora_batch::Status::ALL).count(), 3);
    journal.close().wait().unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// The number of uses in the file's header.
fn uses(path: &Path) -> u32 {
    let bytes = fs::read(path).unwrap();
    u32::from_be_bytes(bytes[60..64].try_into().unwrap())
}

#[test]
fn the_file_says_whether_it_is_in_use_or_was_closed() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let journal = open(&path).unwrap();
        assert_eq!(journal.path(), path);
        seen.push(uses(&path));
        journal.begin_run().wait().unwrap();
        seen.push(uses(&path));
        journal.begin_run().wait().unwrap();
        seen.push(uses(&path));
        journal.close().wait().unwrap();
        seen.push(uses(&path));
    }
    assert_eq!(seen, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
}

#[test]
fn a_journal_that_was_not_closed_gets_another_odd_number() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(3);
    // As after a crash, but for the number of the file.
    let crashed = folder.join("crashed.journal");
    fs::copy(&path, &crashed).unwrap();
    fs::copy(folder.join("night.journal-wal"), folder.join("crashed.journal-wal")).unwrap();
    assert_eq!((uses(&path), uses(&crashed)), (1, 1));
    let adopted = adopt(&crashed).unwrap();
    assert_eq!(uses(&crashed), 3);
    assert_eq!(adopted.counts().wait().unwrap().of(Status::Started), 3);
    adopted.close().wait().unwrap();
    assert_eq!(uses(&crashed), 4);
    journal.close().wait().unwrap();
}

#[test]
fn what_is_beside_the_file_is_merged_when_it_is_closed_and_not_when_it_was_only_looked_at() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(3);
    let (crashed, wal) = (folder.join("crashed.journal"), folder.join("crashed.journal-wal"));
    fs::copy(&path, &crashed).unwrap();
    fs::copy(folder.join("night.journal-wal"), &wal).unwrap();
    drop(journal);
    // The crashed one takes the place of the other.
    let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    file.write_all(&fs::read(&crashed).unwrap()).unwrap();
    drop(file);
    fs::rename(&wal, folder.join("night.journal-wal")).unwrap();
    let before = fs::read(&path).unwrap();
    let looking = JournalOptions::new().open(&path).unwrap();
    assert_eq!(looking.counts().wait().unwrap().total(), 3);
    looking.close().wait().unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(folder.join("night.journal-wal").exists());
    let journal = open(&path).unwrap();
    journal.begin_run().wait().unwrap();
    journal.close().wait().unwrap();
    assert!(!folder.join("night.journal-wal").exists());
    assert_eq!(open(&path).unwrap().counts().wait().unwrap().total(), 3);
}

#[test]
fn people_can_look_with_sqlite3() {
    let folder = Folder::new();
    drop(folder.journal(3));
    let output = Command::new("sqlite3")
        .arg("-readonly")
        .arg(folder.join("night.journal"))
        .arg("select status, count(*) from payment group by status")
        .output();
    // It is not installed everywhere; what it would read is tested by other means too.
    if let Ok(output) = output {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "waiting|3\n");
        assert!(open(&folder.join("night.journal")).is_ok());
    }
}
