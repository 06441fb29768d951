//! A whole list, or nothing of it.

use bambora_batch::{Conclusion, Format, ImportError, InputError, InvalidLines, Record, References, Status};

use super::temporary::{Folder, adopt, reference};

fn lines(text: &str) -> References<&[u8]> {
    References::new(text.as_bytes(), &Format::Lines).unwrap()
}

#[test]
fn a_reference_twice_is_one_row_and_counted() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let imported = journal.import(lines("A\nB\nA\n\n B\n"), InvalidLines::Refuse).unwrap();
    assert_eq!((imported.added, imported.duplicates), (3, 1));
    assert_eq!(imported.outer_blank_lines, [5]);
    let again = journal.import(lines("A\nC\n"), InvalidLines::Refuse).unwrap();
    assert_eq!((again.added, again.duplicates), (1, 1));
    assert_eq!(journal.counts().wait().unwrap().of(Status::Waiting), 4);
}

#[test]
fn nothing_is_added_of_a_list_with_invalid_lines_unless_they_are_skipped() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let list = format!("{}.\nlast\na\tb\n", "ok-1\nok-2\n".repeat(10_000));
    let error = journal.import(lines(&list), InvalidLines::Refuse).unwrap_err();
    let ImportError::InvalidLines(imported) = &error else {
        panic!("{error}");
    };
    let numbers: Vec<_> = imported.invalid_lines.iter().map(|line| line.0).collect();
    assert_eq!(numbers, [20_001, 20_003]);
    assert!(error.to_string().starts_with("2 lines"), "{error}");
    assert_eq!(journal.counts().wait().unwrap().total(), 1);

    let error = journal.import(lines("A\n.\n"), InvalidLines::Refuse).unwrap_err();
    assert!(error.to_string().starts_with("1 line of the list is invalid"), "{error}");

    let imported = journal.import(lines(&list), InvalidLines::Skip).unwrap();
    assert_eq!((imported.added, imported.invalid), (3, 2));
    assert_eq!(imported.duplicates, 19_998);
}

#[test]
fn a_list_that_breaks_off_leaves_nothing() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let broken = lines("A\nB\n").chain([Err(InputError::Read(std::io::Error::other("gone")))]);
    assert!(matches!(journal.import(broken, InvalidLines::Skip), Err(ImportError::Input(_))));
    assert_eq!(journal.counts().wait().unwrap().total(), 0);
}

#[test]
fn a_crash_while_a_list_is_read_leaves_nothing_of_it_and_work_goes_on_meanwhile() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let list: String = (0..30_000).map(|number| format!("N-{number}\n")).collect();
    let inside = lines(&list).inspect(|entry| {
        if entry.as_ref().unwrap().line == 20_001 {
            let run = journal.begin_run().wait().unwrap();
            assert_eq!(journal.claim(run, 9).wait().unwrap().len(), 1);
            for (from, to) in [("night.journal", "copy"), ("night.journal-wal", "copy-wal")] {
                std::fs::copy(folder.join(from), folder.join(to)).unwrap();
            }
        }
    });
    let imported = journal.import(inside, InvalidLines::Refuse).unwrap();
    assert_eq!(imported.added, 30_000);
    let crashed = adopt(&folder.join("copy")).unwrap();
    assert_eq!(crashed.counts().wait().unwrap().total(), 1);
}

#[test]
fn a_long_list_has_the_same_result_as_a_short_one() {
    let folder = Folder::new();
    let journal = folder.journal(5);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    let mut list: String = (0..100_000).rev().map(|number| format!("N-{number}\n")).collect();
    list.push_str("ORDER-0\nN-7\nlast\nN-99999\n");
    for (added, duplicates) in [(100_001, 3), (0, 100_004)] {
        let imported = journal.import(lines(&list), InvalidLines::Refuse).unwrap();
        assert_eq!((imported.added, imported.duplicates), (added, duplicates));
    }
    assert_eq!(journal.counts().wait().unwrap().total(), 100_006);
    journal.record(taken, Record::new(Conclusion::Refused)).wait().unwrap();
    let names: Vec<_> = journal.rows(&Status::ALL).map(|row| row.unwrap().reference.to_string()).collect();
    assert_eq!(names[..6], ["ORDER-0", "ORDER-1", "ORDER-2", "ORDER-3", "ORDER-4", "N-99999"]);
    assert_eq!(names[100_005], "last");
    assert_eq!(journal.add(vec![reference("N-7")]).wait().unwrap().added, 0);
}

#[test]
fn all_odd_lines_are_counted_and_the_first_hundred_are_named() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let list = format!("{}{}", " A\n".repeat(150), ".\n".repeat(120));
    let imported = journal.import(lines(&list), InvalidLines::Skip).unwrap();
    assert_eq!((imported.added, imported.duplicates, imported.outer_blanks, imported.invalid), (1, 149, 150, 120));
    assert_eq!(imported.outer_blank_lines, (1..=100).collect::<Vec<_>>());
    let invalid: Vec<_> = imported.invalid_lines.iter().map(|(line, _)| *line).collect();
    assert_eq!(invalid, (151..=250).collect::<Vec<_>>());
}
