//! Checks and reports of this workspace: `cargo xtask`.

mod bench;
mod ci;
mod conformance;
mod dependencies;
mod document;
mod layout;
mod shell;

use std::error::Error;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask ci             everything that must hold, the tests last
cargo xtask conformance    the conformance suite against every transport
                             [--transport NAME] [--case PATTERN] [--report FILE.html|.json|.xml]
                             [--write-document]
cargo xtask bench          what it all costs, beside what else there is, and which of the numbers to reach are met
                             [--quick] [--write-document]
cargo xtask dependencies   core's closed list, single versions, licences, sizes of the trees
cargo xtask layout         names and sizes of files";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["ci"] => ci::run_everything(),
        ["conformance", arguments @ ..] => conformance::run(arguments),
        ["bench", arguments @ ..] => bench::run(arguments),
        ["dependencies"] => dependencies::check(),
        ["layout"] => layout::check(),
        _ => Err(format!("say what to do:\n{HELP}").into()),
    }
}
