//! Runs the conformance suite against HTTP stacks of other languages, each in a shim that uses it as a careful user would. The known
//! failures listed here are those that docs/conformance.md shows.

mod curl;
mod java;
mod node;
mod python;
mod shim;

use std::process::ExitCode;

fn main() -> ExitCode {
    let suites = [python::requests(), python::httpx(), node::fetch(), java::http_client(), curl::curl()];
    bambora_conformance::run(suites.into_iter().flatten().collect())
}
