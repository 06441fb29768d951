//! The documents say what the code says.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// The tables of a text, each as its lines.
fn tables(text: &str) -> Vec<Vec<String>> {
    let mut tables = vec![Vec::new()];
    for line in text.lines().map(|line| line.trim_start_matches("//!").trim_start_matches("///").trim()) {
        match tables.last_mut() {
            Some(table) if line.starts_with('|') => table.push(line.to_owned()),
            Some(table) if !table.is_empty() => tables.push(Vec::new()),
            _ => {}
        }
    }
    tables.retain(|table| !table.is_empty());
    tables
}

#[test]
fn the_rules_of_the_safe_cancel() {
    let in_code = tables(&read("crates/bambora-core/src/flow/table.rs"));
    let in_document = tables(&read("docs/cancel-safety.md"));
    assert_eq!(in_document[..2], in_code[..2]);
}

#[test]
fn the_rules_of_captures_and_refunds() {
    let in_code = tables(&read("crates/bambora-core/src/posting/table.rs"));
    let in_document = tables(&read("docs/exactly-once.md"));
    // The first one lists the outcomes.
    assert_eq!(in_document[1..4], in_code[..3]);
}

#[test]
fn the_faults_of_the_sandbox() {
    let in_code = tables(&read("crates/bambora-sandbox/src/fault.rs"));
    let in_document = tables(&read("docs/sandbox.md"));
    assert_eq!(in_document[..2], in_code[..2]);
}

#[test]
fn every_local_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut documents = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    documents.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            links += 1;
            assert!(document.parent().unwrap().join(path).exists(), "{}: {link}", document.display());
        }
    }
    assert!(links > 10, "{links}");
}
