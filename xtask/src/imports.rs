//! Checks that imports between the files of a crate run one way.

mod module_tree;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, ensure};

use crate::workspace::{members, root, shell};
use module_tree::{Imports, ModuleTree};

/// Checks every crate of the workspace, tests and examples included.
pub(crate) fn run() -> Result<()> {
    let members = members(&shell()?)?;
    let crates: BTreeSet<_> = members
        .into_iter()
        .flat_map(|package| package.targets)
        .map(|target| target.src_path)
        .collect();
    let mut report = String::new();
    for crate_root in &crates {
        let imports = ModuleTree::load(crate_root)?.imports();
        for ring in rings(&imports) {
            report.push_str(&describe(&ring, &imports));
        }
    }
    ensure!(report.is_empty(), "files import each other\n{report}");
    println!("   {} crates", crates.len());
    Ok(())
}

/// Returns each largest set of files that all import each other, directly or through others.
fn rings(imports: &Imports) -> Vec<BTreeSet<&Path>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = imports
        .keys()
        .map(|file| (file.as_path(), reachable(file, imports)))
        .collect();
    let mut rings = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(file) {
            let back = |other: &&Path| reached.get(other).is_some_and(|from| from.contains(file));
            rings.insert(others.iter().copied().filter(back).collect());
        }
    }
    rings.into_iter().collect()
}

fn reachable<'a>(file: &Path, imports: &'a Imports) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![file];
    while let Some(file) = pending.pop() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next.as_path()) {
                pending.push(next);
            }
        }
    }
    reached
}

fn describe(ring: &BTreeSet<&Path>, imports: &Imports) -> String {
    let mut text = String::new();
    for file in ring {
        for (other, path) in imports.get(*file).into_iter().flatten() {
            if ring.contains(other.as_path()) {
                let shown = |file: &Path| {
                    file.strip_prefix(root())
                        .unwrap_or(file)
                        .display()
                        .to_string()
                };
                text += &format!("{} imports {} from {}\n", shown(file), path, shown(other));
            }
        }
    }
    text + "\n"
}
