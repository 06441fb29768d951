//! What a program carries with it: crates, the time of a cold release build, and the size of the least program that does the job.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::dependencies;
use crate::shell::{cargo, read, root, run, scratch};

/// The least program of each kind, which stands in `tests/bench/weight`, with what it depends on.
const PROGRAMS: [(&str, &[&str]); 6] = [
    (
        "core",
        &[
            "bambora-core = { path = \"{root}/crates/bambora-core\" }",
            HTTP,
        ],
    ),
    (
        "blocking",
        &[
            "bambora-core = { path = \"{root}/crates/bambora-core\" }",
            "bambora-blocking = { path = \"{root}/crates/bambora-blocking\" }",
        ],
    ),
    (
        "hyper",
        &[
            "bambora-core = { path = \"{root}/crates/bambora-core\" }",
            "bambora-hyper = { path = \"{root}/crates/bambora-hyper\" }",
            TOKIO,
        ],
    ),
    (
        "reqwest",
        &[
            "reqwest = { version = \"0.13.5\", features = [\"json\"] }",
            "serde_json = \"1\"",
            TOKIO,
        ],
    ),
    (
        "ureq",
        &[
            "ureq = { version = \"3.5.2\", features = [\"json\"] }",
            "serde_json = \"1\"",
        ],
    ),
    (
        "async_stripe",
        &[
            "async-stripe = { version = \"0.41\", default-features = false, features = [\"runtime-tokio-hyper-rustls-webpki\"] }",
            TOKIO,
        ],
    ),
];
const HTTP: &str = "http = \"1\"";
const TOKIO: &str = "tokio = { version = \"1\", default-features = false, features = [\"rt\"] }";

/// One program's weight.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// All crates that it is built of, but itself.
    pub(crate) crates: usize,
    pub(crate) build_seconds: f64,
    pub(crate) bytes: u64,
}

/// How many crates there are in a crate's tree, itself included.
pub(crate) fn crates_of(package: &str) -> Result<usize, Box<dyn Error>> {
    Ok(dependencies::tree(&["--package", package])?.len())
}

/// Builds each program from nothing.
pub(crate) fn measure() -> Result<Vec<Program>, Box<dyn Error>> {
    PROGRAMS
        .into_iter()
        .map(|(name, dependencies)| {
            println!("   a cold release build of the least program with {name}");
            program(name, dependencies)
        })
        .collect()
}

fn program(
    name: &'static str,
    dependencies: &'static [&'static str],
) -> Result<Program, Box<dyn Error>> {
    let folder = scratch("bench-weight")?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    let source = root().join(format!("tests/bench/weight/{name}.rs"));
    fs::copy(source, folder.join("src/main.rs"))?;
    // The same versions as in this workspace, as far as they are in it.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, manifest_of(name, dependencies))?;
    let at = manifest.to_str().ok_or("the path is not text")?;
    // What is fetched beforehand does not count.
    run(cargo().args(["fetch", "--quiet", "--manifest-path", at]))?;
    let target = folder.join("target");
    let started = Instant::now();
    let build = [
        "build",
        "--quiet",
        "--release",
        "--offline",
        "--manifest-path",
        at,
    ];
    run(cargo().args(build).env("CARGO_TARGET_DIR", &target))?;
    let build_seconds = started.elapsed().as_secs_f64();
    Ok(Program {
        name,
        crates: dependencies::tree(&["--manifest-path", at])?.len() - 1,
        build_seconds,
        bytes: fs::metadata(binary(&target))?.len(),
    })
}

fn manifest_of(name: &str, dependencies: &[&str]) -> String {
    let root = root().display().to_string();
    let dependencies = dependencies.join("\n").replace("{root}", &root);
    format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.0.0\"\nedition = \"2024\"\ndescription = \"{name}\"\n\n\
         [dependencies]\n{dependencies}\n\n[profile.release]\nstrip = true\n\n[workspace]\n"
    )
}

const NAME: &str = "least-program";

fn binary(target: &Path) -> PathBuf {
    target
        .join("release")
        .join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX))
}

/// The version of a crate in this workspace's lock file.
pub(crate) fn version(name: &str) -> Result<String, Box<dyn Error>> {
    let id = read(cargo().args(["pkgid", "--quiet", name]))?;
    let version = id.trim().rsplit(['#', '@']).next().unwrap_or_default();
    Ok(version.to_owned())
}
