//! Runs the conformance suite against every transport, and prints the results side by side.

mod html;
mod junit;
mod matrix;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use bambora_conformance::CaseResult;
use clap::Args;
use xshell::{Shell, cmd};

use crate::document;
use crate::workspace::{scratch, shell};
use matrix::Matrix;

/// The test targets that run the suite, so that this program needs none of their HTTP stacks.
const TARGETS: [&str; 4] = [
    "bambora-hyper --test conformance -- --quiet",
    "bambora-blocking --test conformance -- --quiet",
    "bambora-tests --test conformance -- --quiet",
    // Fewer at once than in one process, since each of them is a program of another language.
    "bambora-tests --test shims --features shims -- --quiet --test-threads 4",
];

#[derive(Args, Default)]
pub(crate) struct Options {
    /// Runs only the transports with this in their names.
    #[arg(long, value_name = "NAME")]
    transport: Option<String>,
    /// Runs only the cases with this in their names.
    #[arg(long, value_name = "PATTERN")]
    case: Option<String>,
    /// Writes the results to a file: .html, .json, or .xml in JUnit's format.
    #[arg(long, value_name = "FILE", value_parser = report_path)]
    report: Option<PathBuf>,
    /// Writes the known failures into docs/conformance.md.
    #[arg(long)]
    write_document: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let shell = shell()?;
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for target in TARGETS {
        match results(&shell, target, options) {
            Ok(results) => rows.extend(results),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    if rows.is_empty() {
        failures.push("no case ran: check the names of the transport and the case".to_owned());
    }
    let matrix = Matrix::new(rows);
    print!("{}", matrix.text());
    if let Some(path) = options.report.as_ref().filter(|_| !matrix.cases.is_empty()) {
        fs::write(path, report(path, &matrix)?)?;
        println!("{} was written", path.display());
    }
    if options.write_document {
        let command = "cargo xtask conformance --write-document";
        document::rewrite("docs/conformance.md", command, &matrix.markdown())?;
    }
    failures.extend(matrix.failures());
    ensure!(failures.is_empty(), failures.join("\n"));
    Ok(())
}

/// Runs the suites of one target, and reads the report that they write even if cases fail.
fn results(shell: &Shell, target: &str, options: &Options) -> Result<Vec<CaseResult>> {
    let report = scratch(shell, "conformance")?.join(format!("{target}.jsonl"));
    // Otherwise the report of an earlier run could be taken for this one's.
    shell.remove_path(&report)?;
    let case = &options.case;
    let arguments = target.split(' ');
    let mut suite =
        cmd!(shell, "cargo test --quiet --package {arguments...} {case...}").env("BAMBORA_CONFORMANCE_REPORT", &report);
    if let Some(transport) = &options.transport {
        suite = suite.env("BAMBORA_CONFORMANCE_TRANSPORT", transport);
    }
    if options.write_document {
        // No stack may disappear from the table because it is not installed here.
        suite = suite.env("BAMBORA_REQUIRE_DOCUMENTED_CALLS", "1");
    }
    // What the suites leave out is told on stderr.
    suite.quiet().ignore_stdout().ignore_status().run()?;
    let rows = fs::read_to_string(&report).with_context(|| format!("{target}: the suite did not run"))?;
    Ok(rows.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn report_path(path: &str) -> Result<PathBuf> {
    let path = PathBuf::from(path);
    match extension(&path) {
        "html" | "json" | "xml" => Ok(path),
        _ => bail!("a report is .html, .json or .xml"),
    }
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn report(path: &Path, matrix: &Matrix) -> Result<String> {
    match extension(path) {
        "html" => Ok(html::page(matrix)),
        "xml" => junit::report(matrix),
        _ => Ok(serde_json::to_string_pretty(&matrix.rows)? + "\n"),
    }
}
