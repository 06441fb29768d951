//! What changed in the public API of the published libraries.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;
use xshell::cmd;

use crate::workspace::{Package, published, scratch, shell};

#[derive(Args)]
pub(crate) struct Options {
    /// Compares with this commit.
    #[arg(default_value = "HEAD^")]
    baseline: String,
}

/// Reports by cargo-semver-checks. A break is no failure: it says what the next version has to be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (sh, baseline) = (&shell()?, &options.baseline);
    let is_library = |package: &Package| package.targets.iter().any(|target| target.src_path.ends_with("src/lib.rs"));
    let libraries: Vec<Package> = published(sh)?.into_iter().filter(is_library).collect();
    let packages = libraries.iter().flat_map(|package| ["--package", &package.name]);
    let target = scratch(sh, "semver")?;
    let check = cmd!(sh, "cargo semver-checks --baseline-rev {baseline} {packages...}").env("CARGO_TARGET_DIR", target);
    let status = Command::from(check).status()?;
    // 100: something breaks.
    ensure!(matches!(status.code(), Some(0 | 100)), "cargo semver-checks: {status}");
    Ok(())
}
