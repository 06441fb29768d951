//! A stack of another language, as far as it is installed.

use std::env;
use std::process::Command;

use bambora_conformance::{Capability, Suite};

/// Where the shims are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/bambora-conformance/shims");

/// Returns the suite of a stack, if `probe` prints the version that its list of known failures is about.
pub(crate) fn shim(stack: &str, version: &str, probe: &str, command: &str) -> Option<Suite> {
    let output = Command::new("sh").args(["-c", probe]).current_dir(FOLDER).output().ok();
    let output = output.filter(|output| output.status.success()).map(|output| output.stdout);
    let found = String::from_utf8_lossy(&output.unwrap_or_default()).trim().to_owned();
    if found.starts_with(version) {
        let suite = Suite::shim(format!("{stack} {version}"), format!("cd '{FOLDER}' && exec {command}")).races(100);
        return Some(suite.opt_out(Capability::HttpsOnly, "sends what it is given"));
    }
    let is_required = env::var_os("BAMBORA_REQUIRE_DOCUMENTED_CALLS").is_some();
    assert!(!(found.is_empty() && is_required), "{stack} is not installed: {probe}");
    let installed = if found.is_empty() { "none" } else { &found };
    eprintln!("left out: {stack}: version {version} is the one whose failures are listed; installed is {installed}");
    None
}
