//! kill -9 at any moment: what was told is on the disk.

use std::collections::BTreeSet;

use bambora_batch::Status;

use super::child::Process;
use super::temporary::{Folder, open};

const ROWS: usize = 2_000;

#[test]
fn nothing_that_was_told_is_forgotten() {
    let kills = if std::env::var_os("BAMBORA_LONG_TESTS").is_some() { 200 } else { 20 };
    let folder = Folder::new();
    let path = folder.join("night.journal");
    drop(folder.journal(ROWS));
    let mut started = BTreeSet::new();
    let mut canceled = BTreeSet::new();
    let mut lines_until_kill = 1;
    let mut done = false;
    for _ in 0..kills {
        let mut process = Process::start("work", &path, &[]);
        for _ in 0..lines_until_kill {
            done = note(process.line(), &mut started, &mut canceled);
        }
        // It may go on for a moment, and print what is read below.
        process.kill();
        while let Some(line) = process.line() {
            done = note(Some(line), &mut started, &mut canceled);
        }
        lines_until_kill = (lines_until_kill * 5 + 3) % 97;
        let journal = open(&path).unwrap();
        let on_disk = journal.counts().wait().unwrap();
        assert_eq!(on_disk.total(), ROWS as u64);
        let rows = journal.rows(&Status::ALL).map(Result::unwrap);
        for row in rows {
            let name = row.reference.to_string();
            if canceled.contains(&name) {
                assert_eq!(row.status, Status::Canceled, "{name}");
            } else if started.contains(&name) {
                assert_ne!(row.status, Status::Waiting, "{name}");
            }
        }
    }
    if !done {
        let mut process = Process::start("work", &path, &[]);
        while !note(process.line(), &mut started, &mut canceled) {}
    }
    let counts = open(&path).unwrap().counts().wait().unwrap();
    assert_eq!(counts.of(Status::Canceled), ROWS as u64);
}

fn note(line: Option<String>, started: &mut BTreeSet<String>, canceled: &mut BTreeSet<String>) -> bool {
    let line = line.unwrap_or_else(|| "done".to_owned());
    match line.split_once(' ') {
        Some(("started", name)) => {
            assert!(!canceled.contains(name), "{name} is started again");
            started.insert(name.to_owned());
        }
        Some(("canceled", name)) => {
            assert!(canceled.insert(name.to_owned()), "{name} is canceled again");
        }
        _ => {}
    }
    line == "done"
}
