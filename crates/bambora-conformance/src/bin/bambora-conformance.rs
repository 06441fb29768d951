//! The conformance suite against a transport in any language: `bambora-conformance --shim COMMAND`.

use std::env;
use std::process::ExitCode;

use bambora_conformance::Suite;

const HELP: &str = "\
Runs the conformance suite against a transport in another program.

Usage: bambora-conformance --shim COMMAND [--name NAME] [--opt-out CAPABILITY=REASON]... [--known-failure CASE=REASON]...
                           [OPTIONS OF A TEST HARNESS: a filter, --list, --exact, …]

The shim reads one call per line from its standard input, as JSON, and writes one answer per line; docs/conformance.md of this
project has the protocol. Capabilities: Tls, ConnectTimeout, BodyLimit, HeaderLimit, HttpsOnly.";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut shim, mut name) = (None, "shim".to_owned());
    let (mut opt_outs, mut known_failures, mut harness) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--shim" => shim = arguments.next(),
            "--name" => name = arguments.next().unwrap_or(name),
            "--opt-out" => opt_outs.extend(arguments.next()),
            "--known-failure" => known_failures.extend(arguments.next()),
            "--help" | "-h" => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => harness.push(argument),
        }
    }
    let Some(shim) = shim else {
        eprintln!(
            "bambora-conformance: say which program to test, with --shim COMMAND; --help tells more"
        );
        return ExitCode::from(2);
    };
    match suite(name, shim, &opt_outs, &known_failures) {
        Ok(suite) => bambora_conformance::run_with(vec![suite], harness),
        Err(error) => {
            eprintln!("bambora-conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn suite(
    name: String,
    shim: String,
    opt_outs: &[String],
    known_failures: &[String],
) -> Result<Suite, String> {
    let mut suite = Suite::shim(name, shim);
    for opt_out in opt_outs {
        let (capability, reason) = in_two(opt_out)?;
        suite = suite.opt_out(capability.parse()?, reason);
    }
    for failure in known_failures {
        let (case, reason) = in_two(failure)?;
        suite = suite.known_failure(case, reason);
    }
    Ok(suite)
}

fn in_two(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=')
        .ok_or_else(|| format!("{text:?} has no reason: write it as NAME=REASON"))
}
