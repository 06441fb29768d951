//! Foreign HTTP stacks under the conformance suite, each embedded through core alone, as a careful user would do it. What each
//! of them fails is listed where it is set up: the list is what docs/conformance.md shows.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking, and an example has a main function of its own"
)]

mod attohttpc_stack;
mod curl_stack;
#[path = "../examples/embed_in_reqwest.rs"]
mod embed_in_reqwest;
#[path = "../examples/embed_in_tcp_stream.rs"]
mod embed_in_tcp_stream;
mod reqwest_stack;
mod tcp_stream_stack;

use std::process::ExitCode;

use bambora_conformance::{Capability, Suite};

fn main() -> ExitCode {
    let suites = [
        reqwest_stack::suite(),
        curl_stack::suite(),
        attohttpc_stack::suite(),
        tcp_stream_stack::suite(),
    ];
    bambora_conformance::run(suites.map(without_tls).into())
}

/// None of them is built with TLS here, which would bring three more TLS libraries into the tree.
fn without_tls(suite: Suite) -> Suite {
    suite
        .opt_out(Capability::Tls, "built without TLS here")
        .opt_out(Capability::HttpsOnly, "sends what it is given")
}
