//! Both clients make one span for each exchange, and no secret is in it.
//!
//! A process of its own: tracing remembers for the whole process who is interested in a span, and asks whichever thread comes
//! first.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io;
use std::sync::{Arc, Mutex};

use bambora_core::PaymentReference;
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

/// Makes three queries, of which the first gets no response and the last cannot be sent, and returns what was logged.
fn logged(query: impl Fn(&Sandbox, &PaymentReference)) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let mut sandbox =
        Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    sandbox.fault(Operation::Query, "A", lost);
    let reference = "A".parse().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        query(&sandbox, &reference);
        query(&sandbox, &reference);
        sandbox.stop();
        query(&sandbox, &reference);
    });
    let log = log.0.lock().unwrap();
    String::from_utf8(log.clone()).unwrap()
}

fn check(log: &str) {
    let ours: Vec<_> =
        log.lines().filter(|line| line.contains("bambora.exchange") && line.contains("exchange ended")).collect();
    assert_eq!(ours.len(), 3, "{log}");
    for line in &ours {
        assert!(line.contains("query_payment"), "{line}");
        assert!(line.contains("duration_ms="), "{line}");
    }
    assert!(ours[0].contains(r#"delivery="unknown""#), "{log}");
    assert!(ours[0].contains("cause=the HTTP exchange failed"), "{log}");
    assert!(ours[1].contains("status=200"), "{log}");
    assert!(!ours[1].contains("delivery="), "{log}");
    assert!(ours[2].contains(r#"delivery="not_sent""#), "{log}");
    assert!(ours[2].contains("cause=the connection failed"), "{log}");
    for planted in ["TOKENPLANTED", "SECRETPLANTED", "VE9LRU5QTEFOVEVEQDEyMzQ1Njc4OTpTRUNSRVRQTEFOVEVE"] {
        assert!(!log.contains(planted), "{log}");
    }
}

/// One after the other: what one of them makes tracing remember holds for the next.
#[test]
fn a_span_tells_operation_duration_and_status_or_delivery_with_its_cause() {
    check(&logged(|sandbox, reference| {
        let client = bambora_blocking::Client::new(sandbox.api());
        let _ = client.query(reference);
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    check(&logged(|sandbox, reference| {
        let client = bambora_hyper::Client::new(sandbox.api());
        let _ = runtime.block_on(client.query(reference));
    }));
}
