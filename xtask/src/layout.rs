//! Names that say nothing, and files that hold more than one idea.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::root;

/// About 400 lines is where a file asks to be split.
const MAX_LINES: usize = 440;
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "manager", "data", "common", "misc",
];

pub(crate) fn check() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "tests"] {
        collect(&root().join(folder), &mut files)?;
    }
    let mut faults = Vec::new();
    for file in &files {
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let shown = file.strip_prefix(root()).unwrap_or(file).display();
        if name.split('_').any(|word| EMPTY_NAMES.contains(&word)) {
            faults.push(format!(
                "{shown}: the name does not say which idea the file holds"
            ));
        }
        let lines = fs::read_to_string(file)?.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{shown}: {lines} lines, which asks to be split"));
        }
    }
    if faults.is_empty() {
        println!("   {} files", files.len());
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
