//! Which crates show in public signatures: a user of this workspace's crates depends on the versions of those, too.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use xshell::{Shell, cmd};

use crate::workspace::{published, root, scratch, shell};

/// What may show, beside the standard library, `http` and the crates of this workspace.
const ALLOWED: [(&str, &str); 5] = [
    // The trait of streams, which std lacks.
    ("bambora-batch", "futures_core"),
    // Behind a feature of its own.
    ("bambora-core", "serde_core"),
    // For authors of other clients; the trait behind a feature of its own.
    ("bambora-client", "rustls tower_service"),
    // Its results are read by other programs, and its arguments are those of a test.
    ("bambora-conformance", "libtest_mimic serde_core"),
    // The sockets of a connector.
    ("bambora-hyper", "tokio"),
];
const EVERYWHERE: [&str; 4] = ["alloc", "core", "std", "http"];

/// A crate as rustdoc describes it for programs. Only what is public is in it.
#[derive(Deserialize)]
struct Crate {
    index: Map<String, Value>,
    paths: Map<String, Value>,
    external_crates: Map<String, Value>,
}

pub(crate) fn run() -> Result<()> {
    let sh = &shell()?;
    let folder = describe(sh)?;
    for member in published(sh)? {
        let name = member.name.replace('-', "_");
        let description = folder.join(format!("{name}.json"));
        // The command line has no library.
        if name == "bambora_cli" {
            continue;
        }
        let text = fs::read_to_string(&description).with_context(|| description.display().to_string())?;
        let shown = serde_json::from_str::<Crate>(&text)?.shown()?;
        let allowed = ALLOWED.into_iter().filter(|(package, _)| *package == member.name);
        let allowed: Vec<&str> = allowed.flat_map(|(_, names)| names.split(' ')).chain(EVERYWHERE).collect();
        let others = shown.iter().filter(|shown| !shown.starts_with("bambora_") && !allowed.contains(&shown.as_str()));
        let others: Vec<_> = others.map(String::as_str).collect();
        ensure!(others.is_empty(), "public signatures of {} show {}", member.name, others.join(", "));
    }
    Ok(())
}

/// Has rustdoc describe all crates. Its format for programs is not stable yet, so only rustdoc is told to accept it: a variable
/// for the whole build would have every dependency built again.
fn describe(sh: &Shell) -> Result<PathBuf> {
    let folder = scratch(sh, "public-api")?;
    let rustdoc = folder.join("rustdoc");
    fs::write(&rustdoc, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    cmd!(sh, "chmod +x {rustdoc}").quiet().run()?;
    cmd!(sh, "cargo doc --quiet --workspace --no-deps --all-features --lib")
        .env("RUSTDOC", &rustdoc)
        .env("RUSTDOCFLAGS", "-Zunstable-options --output-format json")
        .run()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("doc"))
}

impl Crate {
    /// Returns the other crates of which something shows.
    fn shown(&self) -> Result<BTreeSet<String>> {
        let mut shown = BTreeSet::new();
        for item in self.index.values() {
            // What another crate implements for every type is not this crate's.
            let is_blanket = item.pointer("/inner/impl/blanket_impl").is_some_and(|of| !of.is_null());
            if item.get("crate_id").and_then(Value::as_u64) == Some(0) && !is_blanket {
                self.visit(item.get("inner").context("an item without content")?, &mut shown);
            }
        }
        Ok(shown)
    }

    fn visit(&self, value: &Value, shown: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                let is_path = members.contains_key("args") || members.contains_key("path");
                if let Some(id) = members.get("id").filter(|_| is_path) {
                    shown.extend(self.crate_of(id));
                }
                members.values().for_each(|value| self.visit(value, shown));
            }
            Value::Array(elements) => elements.iter().for_each(|value| self.visit(value, shown)),
            _ => {}
        }
    }

    fn crate_of(&self, id: &Value) -> Option<String> {
        let number = self.paths.get(&id.to_string())?.get("crate_id")?;
        let other = self.external_crates.get(&number.to_string())?;
        Some(other.get("name")?.as_str()?.to_owned())
    }
}
