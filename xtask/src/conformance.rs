//! Runs the conformance suite against every transport, and shows the results side by side.

mod html;
mod junit;
mod matrix;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::document;
use crate::shell::{cargo, scratch};
use matrix::{Matrix, Outcome, Row};

/// Where the suite is run: each package's own test target, so that this program needs none of their HTTP stacks.
const TARGETS: [&str; 3] = ["bambora-hyper", "bambora-blocking", "bambora-tests"];

/// What to run, and what to make of it.
#[derive(Debug, Default)]
struct Choice {
    transport: Option<String>,
    case: Option<String>,
    report: Option<PathBuf>,
    document: bool,
}

pub(crate) fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let choice = choose(arguments)?;
    if let Some(path) = &choice.report {
        Report::of(path)?;
    }
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    for package in TARGETS {
        match results(package, &choice) {
            Ok(results) => rows.extend(results),
            Err(error) => faults.push(error.to_string()),
        }
    }
    if rows.is_empty() {
        faults.push("no case was run: is the transport's or the case's name right?".to_owned());
    }
    let matrix = Matrix::new(rows);
    print!("{}", matrix.text());
    if let Some(path) = choice.report.as_ref().filter(|_| !matrix.cases.is_empty()) {
        Report::of(path)?.write(path, &matrix)?;
    }
    if choice.document {
        let command = "cargo xtask conformance --write-document";
        document::rewrite("docs/conformance.md", command, &matrix.markdown())?;
    }
    faults.extend(matrix.failures());
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

fn choose(arguments: &[&str]) -> Result<Choice, Box<dyn Error>> {
    let mut choice = Choice::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .map(|value| (*value).to_owned())
                .ok_or(format!("{argument} needs a value"))
        };
        match *argument {
            "--transport" => choice.transport = Some(value()?),
            "--case" => choice.case = Some(value()?),
            "--report" => choice.report = Some(env::current_dir()?.join(value()?)),
            "--write-document" => choice.document = true,
            other => return Err(format!("conformance does not know {other}").into()),
        }
    }
    Ok(choice)
}

/// Runs one package's suites. Their own report tells what came of each case, failed ones included.
fn results(package: &str, choice: &Choice) -> Result<Vec<Row>, Box<dyn Error>> {
    let report = scratch("conformance")?.join(format!("{package}.jsonl"));
    // An old one must not be taken for this run's.
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut command = cargo();
    command.args([
        "test",
        "--quiet",
        "--package",
        package,
        "--test",
        "conformance",
        "--",
    ]);
    command.args(["--quiet"]).args(choice.case.as_deref());
    command.env("BAMBORA_CONFORMANCE_REPORT", &report);
    if let Some(transport) = &choice.transport {
        command.env("BAMBORA_CONFORMANCE_TRANSPORT", transport);
    }
    let output = command.output()?;
    let Ok(lines) = fs::read_to_string(&report) else {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{package}: the suite did not run\n{said}").into());
    };
    lines.lines().map(row).collect()
}

fn row(line: &str) -> Result<Row, Box<dyn Error>> {
    let object: Value = serde_json::from_str(line)?;
    let text = |name: &str| {
        object
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let outcome = match text("outcome").as_str() {
        "pass" => Outcome::Pass,
        "fail" => Outcome::Fail,
        "known_failure" => Outcome::KnownFailure,
        "opted_out" => Outcome::OptedOut,
        other => return Err(format!("an outcome of {other:?}").into()),
    };
    Ok(Row {
        transport: text("transport"),
        case: text("case"),
        outcome,
        reason: text("reason"),
        message: text("message"),
        milliseconds: object
            .get("milliseconds")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
    })
}

/// What a report can be.
enum Report {
    Html,
    Junit,
    Json,
}

impl Report {
    fn of(path: &Path) -> Result<Self, String> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => Ok(Self::Html),
            Some("xml") => Ok(Self::Junit),
            Some("json") => Ok(Self::Json),
            _ => Err(format!(
                "{}: a report is .html, .json or .xml",
                path.display()
            )),
        }
    }

    fn write(self, path: &Path, matrix: &Matrix) -> Result<(), Box<dyn Error>> {
        let report = match self {
            Self::Html => html::page(matrix),
            Self::Junit => junit::report(matrix),
            Self::Json => matrix.json(),
        };
        fs::write(path, report)?;
        println!("the report is in {}", path.display());
        Ok(())
    }
}
