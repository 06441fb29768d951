//! Metrics of cancels: counters by outcome, and how long requests take, as an observer sees them. Printed in Prometheus' text format.
//!
//! `cargo run -p bambora-hyper --example metrics`

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bambora_hyper::{CancelEvent, CancelPolicy, Client, Observer, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

/// The upper bounds of the buckets that requests are counted in, in seconds.
const BUCKETS: [f64; 5] = [0.05, 0.2, 1.0, 5.0, 30.0];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", run().await?);
    Ok(())
}

/// Cancels four payments, of which one loses a response and one does not exist, and returns the metrics.
pub(crate) async fn run() -> Result<String, Box<dyn Error>> {
    // The API on this machine. For the real one: `Api::new(credentials)`.
    let sandbox = Sandbox::start()?;
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    for reference in ["ORDER-1001", "ORDER-1002", "ORDER-1003"] {
        sandbox.authorize(reference);
    }
    sandbox.fault(Operation::Cancel, "ORDER-1002", lost);
    let policy = CancelPolicy::builder().waits(Duration::from_millis(1), Duration::from_millis(2)).build()?;
    let client = Client::builder().cancel_policy(policy).build(sandbox.api())?;

    let metrics = Metrics::default();
    for reference in ["ORDER-1001", "ORDER-1002", "ORDER-1003", "ORDER-1004"] {
        let outcome = metrics.cancel(&client, &reference.parse()?).await;
        println!("{reference}: {outcome}");
    }
    Ok(metrics.to_string())
}

/// Counters, shared by all cancels of a program.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    /// Cancels by outcome.
    outcomes: BTreeMap<&'static str, u64>,
    /// Requests by request, and by status or delivery.
    requests: BTreeMap<(&'static str, String), u64>,
    /// Requests by the bucket that their duration is in.
    durations: [u64; BUCKETS.len()],
    total: Duration,
}

impl Metrics {
    async fn cancel(&self, client: &Client, reference: &PaymentReference) -> Outcome {
        let observer = Measuring { metrics: self.clone(), under_way: None };
        let outcome = client.cancel_with(reference, observer).await;
        self.change(|counts| *counts.outcomes.entry(outcome.kind().as_str()).or_default() += 1);
        outcome
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Measures the requests of one cancel.
struct Measuring {
    metrics: Metrics,
    under_way: Option<(&'static str, Instant)>,
}

impl Measuring {
    fn ended(&mut self, result: String) {
        let Some((request, since)) = self.under_way.take() else {
            return;
        };
        let took = since.elapsed();
        self.metrics.change(|counts| {
            *counts.requests.entry((request, result)).or_default() += 1;
            for (count, bound) in counts.durations.iter_mut().zip(BUCKETS) {
                *count += u64::from(took.as_secs_f64() <= bound);
            }
            counts.total += took;
        });
    }
}

impl Observer<CancelEvent> for Measuring {
    async fn observe(&mut self, event: CancelEvent) -> ControlFlow<()> {
        match event {
            CancelEvent::Sending { kind, .. } => self.under_way = Some((kind.as_str(), Instant::now())),
            CancelEvent::Received(status) => self.ended(status.as_u16().to_string()),
            CancelEvent::Failed(error) => self.ended(error.delivery().to_string()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(f, "# TYPE bambora_cancels_total counter")?;
        for (outcome, count) in &counts.outcomes {
            writeln!(f, "bambora_cancels_total{{outcome=\"{outcome}\"}} {count}")?;
        }
        writeln!(f, "# TYPE bambora_requests_total counter")?;
        for ((request, result), count) in &counts.requests {
            writeln!(f, "bambora_requests_total{{request=\"{request}\",result=\"{result}\"}} {count}")?;
        }
        let requests: u64 = counts.requests.values().sum();
        writeln!(f, "# TYPE bambora_request_seconds histogram")?;
        for (bound, count) in BUCKETS.iter().zip(counts.durations) {
            writeln!(f, "bambora_request_seconds_bucket{{le=\"{bound}\"}} {count}")?;
        }
        writeln!(f, "bambora_request_seconds_bucket{{le=\"+Inf\"}} {requests}")?;
        writeln!(f, "bambora_request_seconds_sum {}", counts.total.as_secs_f64())?;
        write!(f, "bambora_request_seconds_count {requests}")
    }
}
