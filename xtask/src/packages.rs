//! The published crates as a program elsewhere gets them: from their packages.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use crate::workspace::{Package, published, root, scratch, shell};

/// Packages the crates, and builds each from its package. The README's first program is built with them, and run.
///
/// `cargo package` could build them itself, but from copies that it unpacked to cargo's home: those of an earlier run if this folder
/// had one with the same version.
pub(crate) fn run() -> Result<()> {
    let sh = &shell()?;
    let packages = published(sh)?;
    let folder = scratch(sh, "packages")?;
    let names = packages.iter().flat_map(|package| ["--package", &package.name]);
    cmd!(sh, "cargo package --quiet --allow-dirty --no-verify --target-dir {folder} {names...}").run()?;

    let elsewhere = scratch(sh, "packages/elsewhere")?;
    for package in &packages {
        readme_stands_alone(&package.name)?;
        let unpacked = package.file_stem();
        let archive = folder.join("package").join(format!("{unpacked}.crate"));
        sh.remove_path(elsewhere.join(&unpacked))?;
        // With the time of today, so that cargo sees that they are new.
        cmd!(sh, "tar --extract --gzip --touch --file {archive} --directory {elsewhere}").run()?;
    }
    workspace_elsewhere(&elsewhere, &packages)?;
    merchant(&elsewhere.join("merchant"), &packages)?;
    let _there = sh.push_dir(&elsewhere);
    let target = folder.join("target");
    cmd!(sh, "cargo build --quiet --workspace --target-dir {target}").run()?;
    cmd!(sh, "cargo run --quiet --package merchant --target-dir {target}").run()?;
    Ok(())
}

/// Writes a workspace that takes the crates from the unpacked packages instead of the registry, with the versions that are locked
/// here.
fn workspace_elsewhere(folder: &Path, packages: &[Package]) -> Result<()> {
    let mut members = vec!["merchant".to_owned()];
    members.extend(packages.iter().map(Package::file_stem));
    let patches = packages.iter().map(|package| format!("{} = {{ path = {:?} }}\n", package.name, package.file_stem()));
    let patches = patches.collect::<String>();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n\
         [profile.dev]\ndebug = false\n\n[patch.crates-io]\n{patches}"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// Writes a merchant's program: the first one of README.md.
fn merchant(folder: &Path, packages: &[Package]) -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let program = readme.split("```rust\n").nth(1).and_then(|block| block.split("```").next());
    let program = program.context("README.md has no program")?;
    let depends = |name| {
        let package = packages.iter().find(|package| package.name == name);
        let package = package.with_context(|| format!("{name} is not published"))?;
        Ok::<_, anyhow::Error>(format!("{name} = \"={}\"\n", package.version))
    };
    let manifest = format!(
        "[package]\nname = \"merchant\"\nedition = \"2024\"\n\n[dependencies]\n{}{}\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\", \"time\"] }}\n",
        depends("bambora-hyper")?,
        depends("bambora-sandbox")?,
    );
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), program)?;
    Ok(())
}

/// Checks that a crate's README can be read where its repository is not.
fn readme_stands_alone(name: &str) -> Result<()> {
    let readme = fs::read_to_string(root().join("crates").join(name).join("README.md"))?;
    let relative = readme.split("](").skip(1).find(|link| !link.starts_with("https://"));
    ensure!(relative.is_none(), "the README of {name} has a link that only the repository resolves: {relative:?}");
    Ok(())
}
