//! On what, when, and with which versions it was measured.

use std::error::Error;
use std::fs;
use std::process::Command;
use std::thread;

use super::weight::version;
use crate::shell::read;

/// The libraries whose versions matter to the numbers.
const LIBRARIES: [&str; 7] = [
    "hyper",
    "hyper-util",
    "tokio",
    "rustls",
    "ureq",
    "reqwest",
    "serde_json",
];

pub(crate) fn describe(command: &str) -> Result<String, Box<dyn Error>> {
    let date = read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let rustc = read(Command::new("rustc").arg("--version"))?;
    let system = read(Command::new("uname").args(["-s", "-r", "-m"]))?;
    let cores = thread::available_parallelism()?;
    let versions = LIBRARIES
        .into_iter()
        .map(|name| Ok(format!("{name} {}", version(name)?)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    Ok(format!(
        "`{command}` on {}, {} cores of {}, {}; {}; {}.",
        date.trim(),
        cores,
        processor(),
        system.trim(),
        rustc.trim(),
        versions.join(", ")
    ))
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split(':').nth(1));
    name.map_or("an unnamed processor", str::trim).to_owned()
}
