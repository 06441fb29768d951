//! Cancels over loopback: each row in a process of its own, one round after the other, and a server in a third process.
//!
//! `--server plain|tls` is the server, `--row NAME …` is one row in one round, and `--flow CLIENT …` is the flow and the single
//! exchange by turns. `cargo xtask bench` runs them and writes the tables.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod asynchronous;
mod blocking;
mod load;
mod server;

use std::time::Duration;

use crate::load::{Load, cpu_ticks, medians, report};

fn main() {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--server", kind] => server::serve(kind == "tls"),
        ["--ticks", process] => println!("{}", cpu_ticks(process.parse().unwrap())),
        ["--flow", client, port, milliseconds] => {
            let load = Load {
                port: port.parse().unwrap(),
                root: None,
                reuse: true,
                in_flight: 1,
                time: Duration::from_millis(milliseconds.parse().unwrap()),
            };
            let pairs = match client {
                "bambora-hyper" => asynchronous::turns(&load),
                _ => blocking::turns(&load),
            };
            println!("{}", medians(pairs));
        }
        ["--row", row, port, root, reuse, in_flight, milliseconds] => {
            let load = Load {
                port: port.parse().unwrap(),
                root: (root != "-").then(|| bytes(root)),
                reuse: reuse == "reuse",
                in_flight: in_flight.parse().unwrap(),
                time: Duration::from_millis(milliseconds.parse().unwrap()),
            };
            let workers = blocking::run(row, &load)
                .or_else(|| asynchronous::run(row, &load))
                .unwrap_or_else(|| panic!("no row is called {row}"));
            println!("{}", report(&load, workers));
        }
        _ => eprintln!("cargo xtask bench runs this"),
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&hexadecimal[start..start + 2], 16).unwrap())
        .collect()
}
