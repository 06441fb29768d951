//! The workspace: its root, a shell that stands there, and its packages.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Deserialize;
use xshell::{Shell, cmd};

/// The manifests of this repository's workspaces.
pub(crate) const WORKSPACES: [&str; 3] = ["Cargo.toml", "fuzz/Cargo.toml", "integrations/temporal/Cargo.toml"];

/// A package, as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) rust_version: Option<String>,
    /// Where it may be published: `None` is everywhere, and an empty list nowhere.
    publish: Option<Vec<String>>,
    pub(crate) targets: Vec<Target>,
}

impl Package {
    /// Its name and version, as the file that holds it is called.
    pub(crate) fn file_stem(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// A crate of a package.
#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
}

/// Returns the workspace's root, the parent of this package's folder.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Opens a shell in the workspace's root.
pub(crate) fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    shell.change_dir(root());
    Ok(shell)
}

/// Creates a folder for intermediate files of a task.
pub(crate) fn scratch(shell: &Shell, name: &str) -> Result<PathBuf> {
    Ok(shell.create_dir(root().join("target/xtask").join(name))?)
}

/// Returns the packages of this workspace.
pub(crate) fn members(shell: &Shell) -> Result<Vec<Package>> {
    members_of(shell, "Cargo.toml")
}

/// Returns the packages of this workspace that are published.
pub(crate) fn published(shell: &Shell) -> Result<Vec<Package>> {
    let mut packages = members(shell)?;
    packages.retain(|package| package.publish.is_none());
    Ok(packages)
}

/// Returns the packages of the workspace with this manifest.
pub(crate) fn members_of(shell: &Shell, manifest: &str) -> Result<Vec<Package>> {
    packages(shell, &["--no-deps", "--manifest-path", manifest])
}

/// Returns the packages of this workspace and all of their dependencies.
pub(crate) fn all_packages(shell: &Shell) -> Result<Vec<Package>> {
    packages(shell, &[])
}

fn packages(shell: &Shell, arguments: &[&str]) -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let metadata = cmd!(shell, "cargo metadata --format-version 1 --locked {arguments...}");
    Ok(serde_json::from_str::<Metadata>(&metadata.quiet().read()?)?.packages)
}
