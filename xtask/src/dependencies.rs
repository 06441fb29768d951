//! What the crates stand on: core's closed list, one version of each, licences, and how large the trees are.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use serde_json::Value;

use crate::shell::{cargo, read};

/// Core's list. It is closed: see docs/architecture.md.
const CORE: [&str; 7] = [
    "base64",
    "http",
    "percent-encoding",
    "serde",
    "serde_json",
    "thiserror",
    "zeroize",
];

/// The most crates in a tree, the crate itself included.
pub(crate) const TREES: [(&str, usize); 3] = [
    ("bambora-core", 20),
    ("bambora-blocking", 38),
    ("bambora-hyper", 54),
];

/// As deny.toml allows them.
const LICENCES: [&str; 11] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-3-Clause",
    "ISC",
    "CDLA-Permissive-2.0",
    "Unicode-3.0",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    // attohttpc, which only the tests use.
    "MPL-2.0",
];

pub(crate) fn check() -> Result<(), Box<dyn Error>> {
    let metadata = read(cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .ok_or("cargo metadata has no packages")?;
    let mut faults = core_faults(packages);
    faults.extend(licence_faults(packages));
    faults.extend(age_faults(packages));
    for (name, most) in TREES {
        let tree = tree(&["--package", name])?;
        println!("   {name}: {} crates, at most {most}", tree.len());
        if tree.len() > most {
            faults.push(format!(
                "{name} has {} crates in its tree, more than {most}",
                tree.len()
            ));
        }
        faults.extend(version_faults(name, &tree));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

fn core_faults(packages: &[Value]) -> Vec<String> {
    let core = packages
        .iter()
        .find(|package| package["name"] == "bambora-core");
    let dependencies = core.and_then(|core| core["dependencies"].as_array());
    let names: BTreeSet<&str> = dependencies
        .into_iter()
        .flatten()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
        .collect();
    if names == BTreeSet::from(CORE) {
        Vec::new()
    } else {
        vec![format!(
            "bambora-core depends on {names:?}, and its list is closed: {CORE:?}"
        )]
    }
}

fn licence_faults(packages: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        // "A OR B" needs one of them, "A AND B" each; the old form of OR is a slash.
        let allowed = licence.replace('/', " OR ").split(" AND ").all(|part| {
            part.split(" OR ")
                .any(|one| LICENCES.contains(&one.trim_matches(['(', ')', ' '])))
        });
        if !allowed {
            faults.push(format!(
                "{} has the licence {licence:?}, which is not on the list",
                package["name"]
            ));
        }
    }
    faults
}

/// Whatever needs a newer Rust than this workspace says that it needs.
fn age_faults(packages: &[Value]) -> Vec<String> {
    let needs = |package: &Value| -> Option<(u32, u32)> {
        let mut numbers = package["rust_version"].as_str()?.split('.');
        let mut next = || numbers.next()?.parse().ok();
        Some((next()?, next()?))
    };
    let ours = packages.iter().find(|package| package["name"] == "xtask");
    let ours = ours.and_then(needs);
    packages
        .iter()
        .filter(|package| needs(package) > ours)
        .map(|package| {
            format!(
                "{} {} needs Rust {}, which is newer than {ours:?}",
                package["name"], package["version"], package["rust_version"]
            )
        })
        .collect()
}

/// Each crate of a tree, with its version, as it is built for its users. `which` says of which package.
pub(crate) fn tree(which: &[&str]) -> Result<BTreeSet<(String, String)>, Box<dyn Error>> {
    let mut command = cargo();
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    command.args(which);
    let text = read(&mut command)?;
    let mut crates = BTreeSet::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            crates.insert((name.to_owned(), version.to_owned()));
        }
    }
    Ok(crates)
}

fn version_faults(root: &str, tree: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut versions = BTreeMap::<&str, Vec<&str>>::new();
    for (name, version) in tree {
        versions.entry(name).or_default().push(version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
        .into_iter()
        .map(|(name, versions)| {
            format!(
                "{root} has {name} in {} versions: {versions:?}",
                versions.len()
            )
        })
        .collect()
}
