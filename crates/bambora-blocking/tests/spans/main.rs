//! One span for each exchange, and no secret in it.
//!
//! A process of its own: tracing remembers for the whole process who is interested in a span, and asks whichever thread comes
//! first.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io;
use std::sync::{Arc, Mutex};

use bambora_blocking::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_span_tells_operation_status_duration_and_delivery() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(
        Operation::Query,
        "A",
        Fault::new(Effect::Skip, FaultResponse::Drop),
    );
    let client = Client::new(sandbox.api());
    let payment = "A".parse().unwrap();
    client.query(&payment).unwrap_err();
    client.query(&payment).unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("bambora.exchange"))
        .collect();
    assert_eq!(ours.len(), 2, "{log}");
    assert!(
        ours[0].contains("query_payment") && ours[0].contains("delivery=\"unknown\""),
        "{log}"
    );
    assert!(
        ours[1].contains("status=200") && ours[1].contains("duration_ms="),
        "{log}"
    );
    for planted in ["7AQu7FGB2Kwm", "YWJjZGVmZ0AxMjM0NTY3ODk6"] {
        assert!(!log.contains(planted), "{log}");
    }
}
