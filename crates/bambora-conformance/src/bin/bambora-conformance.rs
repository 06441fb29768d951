//! Runs the conformance suite against a transport in any language: `bambora-conformance --shim COMMAND`.

use std::process::ExitCode;
use std::str::FromStr;

use bambora_conformance::{Capability, Suite};
use clap::Parser;
use libtest_mimic::Arguments;

/// Runs the conformance suite against a transport in another program.
///
/// The shim reads one call per line from its standard input, as JSON, and writes one reply per line to its standard output. The
/// protocol is described in docs/conformance.md of this project.
#[derive(Parser)]
#[command(help_template = "{about}\n\n{usage-heading} {usage}\n\n{all-args}")]
struct Options {
    /// Starts the program to test, with the system's shell.
    #[arg(long, value_name = "COMMAND")]
    shim: String,
    /// The name of the transport.
    #[arg(long, default_value = "shim")]
    name: String,
    /// Leaves out the cases that need Tls, ConnectTimeout, BodyLimit, HeaderLimit or HttpsOnly.
    #[arg(long, value_name = "CAPABILITY=REASON", value_parser = with_reason::<Capability>)]
    opt_out: Vec<(Capability, String)>,
    /// Runs the cases that need Proxy or ClientCertificate, too.
    #[arg(long, value_name = "CAPABILITY")]
    opt_in: Vec<Capability>,
    /// Expects a case, or a group of cases, to fail.
    #[arg(long, value_name = "CASE=REASON", value_parser = with_reason::<String>)]
    known_failure: Vec<(String, String)>,
    /// Demands that a connection carries more than one request.
    #[arg(long)]
    reuses_connections: bool,
    #[command(flatten)]
    harness: Arguments,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut suite = Suite::shim(options.name, options.shim);
    for (capability, reason) in options.opt_out {
        suite = suite.opt_out(capability, reason);
    }
    for capability in options.opt_in {
        suite = suite.opt_in(capability);
    }
    for (case, reason) in options.known_failure {
        suite = suite.known_failure(case, reason);
    }
    if options.reuses_connections {
        suite = suite.reuses_connections();
    }
    bambora_conformance::run_with(vec![suite], options.harness)
}

fn with_reason<T: FromStr<Err: ToString>>(value: &str) -> Result<(T, String), String> {
    let (name, reason) = value.split_once('=').ok_or("it has no reason: write NAME=REASON")?;
    Ok((name.parse().map_err(|error: T::Err| error.to_string())?, reason.to_owned()))
}
