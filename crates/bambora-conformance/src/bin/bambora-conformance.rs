//! Runs the conformance suite against a transport in any language: `bambora-conformance --shim COMMAND`.

use std::collections::HashMap;
use std::env;
use std::process::ExitCode;

use bambora_conformance::Suite;

const HELP: &str = "\
Runs the conformance suite against a transport in another program.

Usage: bambora-conformance --shim COMMAND [--name NAME] [--opt-out CAPABILITY=REASON]... [--known-failure CASE=REASON]...
                           [--reuses-connections] [OPTIONS OF A TEST HARNESS: a filter, --list, --exact, …]

The shim reads one call per line from its standard input, as JSON, and writes one reply per line to its standard output. The
protocol is described in docs/conformance.md of this project.
Capabilities: Tls, ConnectTimeout, BodyLimit, HeaderLimit, HttpsOnly.";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut options, mut harness) = (HashMap::<_, Vec<String>>::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--shim" | "--name" | "--opt-out" | "--known-failure" => {
                let values = options.entry(argument).or_default();
                values.extend(arguments.next());
            }
            "--reuses-connections" => options.entry(argument).or_default().clear(),
            "--help" | "-h" => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => harness.push(argument),
        }
    }
    match suite(&options) {
        Ok(suite) => bambora_conformance::run_with(vec![suite], harness),
        Err(error) => {
            eprintln!("bambora-conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn suite(options: &HashMap<String, Vec<String>>) -> Result<Suite, String> {
    let values = |name| options.get(name).into_iter().flatten();
    let shim = values("--shim").last();
    let shim = shim.ok_or("name the program to test with --shim COMMAND; see --help")?;
    let name = values("--name").last().map_or("shim", String::as_str);
    let mut suite = Suite::shim(name, shim);
    for value in values("--opt-out") {
        let (capability, reason) = split(value)?;
        suite = suite.opt_out(capability.parse()?, reason);
    }
    for value in values("--known-failure") {
        let (case, reason) = split(value)?;
        suite = suite.known_failure(case, reason);
    }
    match options.contains_key("--reuses-connections") {
        true => Ok(suite.reuses_connections()),
        false => Ok(suite),
    }
}

fn split(value: &str) -> Result<(&str, &str), String> {
    let parts = value.split_once('=');
    parts.ok_or_else(|| format!("{value:?} has no reason: write NAME=REASON"))
}
