//! A logger that makes exchanges of its own, on the thread that logs in the middle of an exchange: neither disturbs the other.
//!
//! A process of its own: there is one logger for a whole process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bambora_core::flow::Confirmation;
use bambora_core::{Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use log::{LevelFilter, Log, Metadata, Record};

thread_local! {
    static IS_LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// A logger that sends each line somewhere by the blocking client: here, it queries a payment.
struct Shipper {
    client: OnceLock<bambora_blocking::Client>,
    shipped: AtomicUsize,
}

static SHIPPER: Shipper = Shipper { client: OnceLock::new(), shipped: AtomicUsize::new(0) };

impl Log for Shipper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &Record<'_>) {
        let Some(client) = self.client.get() else {
            return;
        };
        // What the exchange itself logs is not shipped: there would be no end of it.
        if IS_LOGGING.replace(true) {
            return;
        }
        let payment = client.query(&"LOG".parse().unwrap()).unwrap();
        assert_eq!(payment.payment, "LOG");
        IS_LOGGING.set(false);
        self.shipped.fetch_add(1, Ordering::Relaxed);
    }

    fn flush(&self) {}
}

fn check(reuse: bool, cancel: impl Fn(&Sandbox, &PaymentReference) -> Outcome) {
    let sandbox = Sandbox::start().unwrap();
    let reference = "A".parse().unwrap();

    sandbox.authorize("A");
    let outcome = cancel(&sandbox, &reference);
    let Outcome::Canceled(canceled) = outcome else {
        panic!("reuse {reuse}: {outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Response);

    sandbox.authorize("A");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let outcome = cancel(&sandbox, &reference);
    let Outcome::Canceled(canceled) = outcome else {
        panic!("reuse {reuse}: {outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);

    let operations: Vec<_> = sandbox.requests().into_iter().map(|request| request.operation.unwrap().0).collect();
    assert_eq!(operations, [Operation::Cancel, Operation::Cancel, Operation::Query]);
}

#[test]
fn an_exchange_within_an_exchange_disturbs_neither() {
    let logs = Sandbox::start().unwrap();
    logs.authorize("LOG");
    log::set_logger(&SHIPPER).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let shipping = bambora_blocking::Client::builder().reuse_connections(true);
    SHIPPER.client.set(shipping.build(logs.api()).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for reuse in [false, true] {
        check(reuse, |sandbox, reference| {
            let client = bambora_blocking::Client::builder().reuse_connections(reuse);
            client.build(sandbox.api()).unwrap().cancel(reference)
        });
        // Else this test would test nothing.
        assert!(SHIPPER.shipped.load(Ordering::Relaxed) > 0);
        // The libraries below the async client log nothing today; if they do some day, it holds for them, too.
        check(reuse, |sandbox, reference| {
            let client = bambora_hyper::Client::builder().reuse_connections(reuse);
            let client = client.build(sandbox.api()).unwrap();
            runtime.block_on(client.cancel(reference))
        });
    }
}
