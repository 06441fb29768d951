//! The crate has no clock, no socket and no system: its own sources are searched for them.

use std::fs;
use std::path::Path;

/// What a sans-IO crate has no use for. Address types of `std::net` are values.
const FORBIDDEN: [&str; 11] = [
    "Instant",
    "SystemTime",
    "std::net::{T",
    "std::net::Tcp",
    "std::net::Udp",
    "ToSocketAddrs",
    "std::fs",
    "std::env",
    "std::thread",
    "std::process",
    "std::io",
];

fn search(folder: &Path, found: &mut Vec<String>, files: &mut usize) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, found, files);
            continue;
        }
        *files += 1;
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Documentation shows drivers, which have all of it.
            let is_code = !line.trim_start().starts_with("//");
            for name in FORBIDDEN.iter().filter(|name| is_code && line.contains(**name)) {
                found.push(format!("{}:{}: {name}", path.display(), number + 1));
            }
        }
    }
}

#[test]
fn there_is_no_clock_and_no_system_in_core() {
    let (mut found, mut files) = (Vec::new(), 0);
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    search(&src, &mut found, &mut files);
    assert!(files > 30, "{files} files");
    assert_eq!(found, Vec::<String>::new());
}
