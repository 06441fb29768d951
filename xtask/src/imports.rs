//! Checks that imports between the files of a crate run one way.

mod module_tree;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::workspace::{WORKSPACES, members_of, root, shell};
use module_tree::{Imports, ModuleTree};

/// Checks every crate of this repository, tests and examples included.
pub(crate) fn run() -> Result<()> {
    let (sh, mut crates) = (shell()?, BTreeSet::new());
    for manifest in WORKSPACES {
        let targets = members_of(&sh, manifest)?.into_iter().flat_map(|package| package.targets);
        crates.extend(targets.map(|target| target.src_path));
    }
    let mut report = String::new();
    for crate_root in &crates {
        let imports = ModuleTree::load(crate_root)?.imports();
        for ring in rings(&imports) {
            report += &describe(&ring, &imports);
        }
    }
    let report = report.replace(&format!("{}/", root().display()), "");
    ensure!(report.is_empty(), "files import each other{report}");
    println!("   {} crates", crates.len());
    Ok(())
}

/// Returns each set of files that all import each other, directly or through others.
fn rings(imports: &Imports) -> Vec<Vec<&Path>> {
    let edges = imports.iter().flat_map(|(file, others)| {
        let others = others.keys();
        others.map(|other| (file.as_path(), other.as_path()))
    });
    let mut rings = tarjan_scc(&DiGraphMap::<_, ()>::from_edges(edges));
    rings.retain(|ring| ring.len() > 1);
    rings
}

fn describe(ring: &[&Path], imports: &Imports) -> String {
    let mut text = String::new();
    for (file, others) in imports.iter().filter(|(file, _)| ring.contains(&file.as_path())) {
        for (other, path) in others.iter().filter(|(other, _)| ring.contains(&other.as_path())) {
            text += &format!("\n{} imports {path} from {}", file.display(), other.display());
        }
    }
    text + "\n"
}
