//! Runs the conformance suite against other HTTP stacks, each embedded with core alone as a careful user would do it. The known
//! failures listed here are those that docs/conformance.md shows.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking, and an example has a main function of its own"
)]

mod attohttpc_stack;
mod curl_stack;
#[path = "../../crates/bambora-core/examples/embed.rs"]
mod embed;
#[path = "../examples/embed_in_reqwest.rs"]
mod embed_in_reqwest;
mod reqwest_stack;
mod tcp_stream_stack;

use std::process::ExitCode;

use bambora_conformance::{Capability, Suite};

fn main() -> ExitCode {
    bambora_conformance::run(vec![
        reqwest_stack::suite(),
        without_tls(curl_stack::suite()),
        without_tls(attohttpc_stack::suite()),
        without_tls(tcp_stream_stack::suite()),
    ])
}

/// Two of them would add a TLS library of their own to the dependencies, and the third has none.
fn without_tls(suite: Suite) -> Suite {
    suite.opt_out(Capability::Tls, "built without TLS here").opt_out(Capability::HttpsOnly, "sends what it is given")
}
