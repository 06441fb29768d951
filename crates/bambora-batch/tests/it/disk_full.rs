//! No room is left, or a write fails.

use std::fs;

use bambora_batch::Status;

use super::child::{Process, is_permitted};
use super::temporary::{Folder, open, references};

/// Writes beyond so many KiB of a file fail.
#[cfg(unix)]
#[test]
fn a_write_that_fails_loses_nothing_that_was_told() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let limit = "trap '' XFSZ; ulimit -f 1000; exec \"$@\"";
    let mut process = Process::start("fill", &path, &["sh", "-c", limit, "sh"]);
    let error = process.line().unwrap();
    assert!(error.contains("cannot be read or written"), "{error}");
    let told: u64 = process.line().unwrap().parse().unwrap();
    process.kill();
    let counts = open(&path).unwrap().counts().wait().unwrap();
    assert!(told > 0);
    assert_eq!(counts.of(Status::Waiting), told);
}

/// A file system of half a mebibyte, where the system lets us make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let folder = Folder::new();
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    let script =
        format!("mount -t tmpfs -o size=512k tmpfs '{0}' && \"$@\"; cp '{0}'/night.journal* '{0}'/..", disk.display());
    let unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"];
    let probe = format!("mount -t tmpfs tmpfs '{}'", disk.display());
    if !is_permitted(&unshare, &probe) {
        return;
    }
    let wrapped = [&unshare[..], &[&script, "sh"]].concat();
    let mut process = Process::start("fill", &disk.join("night.journal"), &wrapped);
    let error = process.line().unwrap();
    assert!(error.contains("no room is left"), "{error}");
    let told: u64 = process.line().unwrap().parse().unwrap();
    let counted = process.line().unwrap();
    assert!(counted.starts_with(&format!("{told} waiting")), "{counted}");
    while process.line().is_some() {}
    drop(process);
    let journal = super::temporary::adopt(&folder.join("night.journal")).unwrap();
    let counts = journal.counts().wait().unwrap();
    assert_eq!(counts.total(), told);
    assert!(journal.add(references(1)).wait().is_ok());
}
