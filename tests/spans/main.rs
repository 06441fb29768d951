//! Both clients make one span for each flow and each exchange, and no secret is in them.
//!
//! A process of its own: tracing remembers for the whole process who is interested in a span, and asks whichever thread comes
//! first.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bambora_core::{Amount, CancelPolicy, PaymentReference};
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

/// Returns what is logged during `work`, with the sandbox to work with.
fn logged(mut sandbox: Sandbox, work: impl FnOnce(&mut Sandbox)) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let started = Instant::now();
    tracing::subscriber::with_default(subscriber, || work(&mut sandbox));
    let whole = started.elapsed();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    check_durations(&log, whole);
    for planted in ["TOKENPLANTED", "SECRETPLANTED", "VE9LRU5QTEFOVEVEQDEyMzQ1Njc4OTpTRUNSRVRQTEFOVEVE"] {
        assert!(!log.contains(planted), "{log}");
    }
    log
}

/// No part takes longer than the whole, and none takes less than 10 microseconds.
fn check_durations(log: &str, whole: Duration) {
    let parts = log.split("duration_ms=").skip(1);
    let parts = parts.map(|part| part.split([' ', '}']).next().unwrap().parse::<f64>().unwrap());
    for part in parts {
        assert!(part > 0.01 && part <= whole.as_secs_f64() * 1_000.0, "{part} ms of {whole:?}: {log}");
    }
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    sandbox.authorize_amount("A", 1_000, "EUR");
    sandbox
}

/// Makes three queries, of which the first gets no response and the last cannot be sent.
fn three_queries(query: impl Fn(&Sandbox, &PaymentReference)) -> String {
    let sandbox = sandbox();
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    sandbox.fault(Operation::Query, "A", lost);
    let reference = "A".parse().unwrap();
    logged(sandbox, |sandbox| {
        query(sandbox, &reference);
        query(sandbox, &reference);
        sandbox.stop();
        query(sandbox, &reference);
    })
}

/// The lines that tell how a flow ended.
fn endings<'a>(log: &'a str, span: &str) -> Vec<&'a str> {
    let exchange = format!("{span}{{");
    log.lines().filter(|line| line.contains(&exchange) && line.contains(" INFO ")).collect()
}

/// A cancel whose first response gets lost, one that is refused, and one that cannot be sent.
fn three_cancels(cancel: impl Fn(&Sandbox, &str)) -> String {
    let sandbox = sandbox();
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Drop));
    logged(sandbox, |sandbox| {
        cancel(sandbox, "A");
        cancel(sandbox, "B");
        sandbox.stop();
        cancel(sandbox, "C\u{202e}");
    })
}

fn check_cancels(log: &str) {
    let endings = endings(log, "bambora.cancel");
    let [canceled, refused, not_sent] = endings[..] else {
        panic!("{log}");
    };
    for ending in &endings {
        assert!(ending.contains(r#"operation="cancel_payment""#) && ending.contains("duration_ms="), "{ending}");
        // The event is the flow's, not an exchange's.
        assert!(!ending.contains("bambora.exchange"), "{ending}");
    }
    assert!(canceled.contains("reference=A ") && canceled.contains("attempts=2 "), "{canceled}");
    assert!(canceled.contains(r#"outcome="canceled""#) && !canceled.contains("cause="), "{canceled}");
    assert!(canceled.contains("canceled, confirmed by query"), "{canceled}");
    assert!(refused.contains(r#"outcome="refused""#) && refused.contains("cause=\"404"), "{refused}");
    assert!(not_sent.contains(r#"outcome="not_sent""#), "{not_sent}");
    assert!(not_sent.contains("cause=\"the connection failed"), "{not_sent}");
    assert!(not_sent.contains("reference=C\\u{202e} "), "{not_sent}");
    let exchanges: Vec<_> = log.lines().filter(|line| line.contains("exchange ended")).collect();
    assert!(exchanges.len() > 3, "{log}");
    for line in exchanges {
        assert!(line.contains("bambora.cancel{") && line.contains("}:bambora.exchange{"), "{line}");
    }
}

/// A capture and a refund.
fn check_postings(log: &str) {
    for (span, operation, outcome) in
        [("bambora.capture", "capture_payment", "captured"), ("bambora.refund", "refund_payment", "refunded")]
    {
        let endings = endings(log, span);
        assert_eq!(endings.len(), 1, "{log}");
        for part in [format!("operation={operation:?}"), format!("outcome={outcome:?}"), "attempts=2 ".to_owned()] {
            assert!(endings[0].contains(&part), "{part} is not in {log}");
        }
    }
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
}

/// One after the other: what one of them makes tracing remember holds for the next.
#[test]
fn the_spans_of_flows_and_exchanges_tell_what_came_of_them() {
    check(&three_queries(|sandbox, reference| {
        let client = bambora_blocking::Client::new(sandbox.api());
        let _ = client.query(reference);
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    check(&three_queries(|sandbox, reference| {
        let client = bambora_hyper::Client::new(sandbox.api());
        let _ = runtime.block_on(client.query(reference));
    }));

    check_cancels(&three_cancels(|sandbox, reference| {
        let client = bambora_blocking::Client::builder().cancel_policy(policy()).build(sandbox.api()).unwrap();
        let _ = client.cancel(&reference.parse().unwrap());
    }));
    check_cancels(&three_cancels(|sandbox, reference| {
        let client = bambora_hyper::Client::builder().cancel_policy(policy()).build(sandbox.api()).unwrap();
        let _ = runtime.block_on(client.cancel(&reference.parse().unwrap()));
    }));

    let (reference, amount, key) = ("A".parse().unwrap(), Amount::from(100), || "key-1".parse().unwrap());
    check_postings(&logged(sandbox(), |sandbox| {
        let client = bambora_blocking::Client::new(sandbox.api());
        let _ = client.capture(&reference, amount, key());
        let _ = client.refund(&reference, amount, key());
    }));
    check_postings(&logged(sandbox(), |sandbox| {
        let client = bambora_hyper::Client::new(sandbox.api());
        let _ = runtime.block_on(client.capture(&reference, amount, key()));
        let _ = runtime.block_on(client.refund(&reference, amount, key()));
    }));

    // A cancel that is dropped before its end says so; one that never began says nothing.
    let log = logged(sandbox(), |sandbox| {
        sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Ok).held());
        let client = bambora_hyper::Client::new(sandbox.api());
        drop(client.cancel(&reference));
        runtime.block_on(async {
            let cancel = client.cancel(&reference);
            let seen = async {
                while !sandbox.wait_for_held(1, Duration::ZERO) {
                    tokio::task::yield_now().await
                }
            };
            tokio::select! { _ = cancel => panic!("it has ended"), () = seen => {} }
        });
        sandbox.release();
    });
    let endings = endings(&log, "bambora.cancel");
    assert_eq!(endings.len(), 1, "{log}");
    assert!(endings[0].contains(r#"outcome="dropped""#), "{log}");
}

fn policy() -> CancelPolicy {
    CancelPolicy::builder().further_cancels(1).waits(Duration::ZERO, Duration::ZERO).build().unwrap()
}
