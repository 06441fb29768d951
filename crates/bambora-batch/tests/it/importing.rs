//! A whole list, or nothing of it.

use bambora_batch::{
    Format, ImportError, InputError, InvalidLines, JournalError, References, Status,
};

use super::temporary::{Folder, open, reference};

fn lines(text: &str) -> References<&[u8]> {
    References::new(text.as_bytes(), &Format::Lines).unwrap()
}

#[test]
fn a_reference_twice_is_one_row_and_counted() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let imported = journal
        .import(lines("A\nB\nA\n\n B\n"), InvalidLines::Refuse)
        .unwrap();
    assert_eq!((imported.added, imported.duplicates), (3, 1));
    assert_eq!(imported.outer_blank_lines, [5]);
    let again = journal
        .import(lines("A\nC\n"), InvalidLines::Refuse)
        .unwrap();
    assert_eq!((again.added, again.duplicates), (1, 1));
    assert_eq!(journal.counts().wait().unwrap().of(Status::Waiting), 4);
}

#[test]
fn nothing_is_added_of_a_list_with_invalid_lines_unless_they_are_skipped() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let list = format!("{}.\nlast\na\tb\n", "ok-1\nok-2\n".repeat(10_000));
    let error = journal
        .import(lines(&list), InvalidLines::Refuse)
        .unwrap_err();
    let ImportError::InvalidLines(imported) = &error else {
        panic!("{error}");
    };
    let numbers: Vec<_> = imported.invalid_lines.iter().map(|line| line.0).collect();
    assert_eq!(numbers, [20_001, 20_003]);
    assert!(error.to_string().starts_with("2 lines"), "{error}");
    assert_eq!(journal.counts().wait().unwrap().total(), 1);

    let imported = journal.import(lines(&list), InvalidLines::Skip).unwrap();
    assert_eq!((imported.added, imported.invalid), (3, 2));
    assert_eq!(imported.duplicates, 19_998);
}

#[test]
fn a_list_that_breaks_off_leaves_nothing() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let broken = lines("A\nB\n").chain([Err(InputError::Read(std::io::Error::other("gone")))]);
    assert!(matches!(
        journal.import(broken, InvalidLines::Skip),
        Err(ImportError::Input(_))
    ));
    assert_eq!(journal.counts().wait().unwrap().total(), 0);
}

#[test]
fn a_list_that_is_only_half_added_is_not_worked_on() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(1);
    let list: String = (0..30_000).map(|number| format!("N-{number}\n")).collect();
    let mut run = None;
    let inside = lines(&list).inspect(|entry| {
        if entry.as_ref().unwrap().line == 20_001 {
            // Here two parts are in the journal.
            let begun = *run.get_or_insert(journal.begin_run().wait().unwrap());
            for refused in [
                journal.claim(begun, 1).wait().map(drop),
                journal.claim_in_doubt(begun, 1).wait().map(drop),
                journal.take(reference("N-1")).wait().map(drop),
                journal.add(vec![reference("new")]).wait().map(drop),
            ] {
                assert!(matches!(refused, Err(JournalError::ImportUnfinished)));
            }
            assert_eq!(journal.counts().wait().unwrap().total(), 20_001);
            std::fs::copy(&path, folder.join("copy")).unwrap();
            std::fs::copy(folder.join("night.journal-wal"), folder.join("copy-wal")).unwrap();
        }
    });
    journal.import(inside, InvalidLines::Refuse).unwrap();
    assert_eq!(journal.claim(run.unwrap(), 9).wait().unwrap().len(), 9);

    // The copy is what a crash at that moment would have left.
    let crashed = super::temporary::adopt(&folder.join("copy"));
    drop(crashed.unwrap());
    let crashed = open(&folder.join("copy")).unwrap();
    let run = crashed.begin_run().wait().unwrap();
    assert!(matches!(
        crashed.claim_in_doubt(run, 1).wait(),
        Err(JournalError::ImportUnfinished)
    ));
    crashed.import(lines(&list), InvalidLines::Refuse).unwrap();
    assert_eq!(crashed.counts().wait().unwrap().total(), 30_001);
}
