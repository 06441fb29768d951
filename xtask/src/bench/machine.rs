//! The machine, the date and the versions of a measurement.

use std::fs;
use std::thread;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::workspace::all_packages;

/// The libraries whose versions matter to the numbers.
const LIBRARIES: [&str; 7] = ["hyper", "hyper-util", "tokio", "rustls", "ureq", "reqwest", "serde_json"];

pub(crate) fn describe(shell: &Shell, command: &str) -> Result<String> {
    let date = cmd!(shell, "date -u +%Y-%m-%d").quiet().read()?;
    let rustc = cmd!(shell, "rustc --version").quiet().read()?;
    let name = cmd!(shell, "uname -s").quiet().read()?;
    let release = cmd!(shell, "uname -r").quiet().read()?;
    // What follows the version names the builder.
    let version = release.split('-').next().unwrap_or_default();
    let cores = thread::available_parallelism()?;
    let packages = all_packages(shell)?;
    let versions = LIBRARIES.into_iter().filter_map(|name| {
        let package = packages.iter().find(|package| package.name == name)?;
        Some(format!("{name} {}", package.version))
    });
    let versions = versions.collect::<Vec<_>>().join(", ");
    let processor = processor();
    Ok(format!("`{command}` on {date}, {cores} cores of {processor}, {name} {version}; {rustc}; {versions}."))
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split(':').nth(1));
    name.map_or("an unnamed processor", str::trim).to_owned()
}
