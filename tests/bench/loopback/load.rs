//! What a row has to do, and its report.

use std::fs;
use std::time::{Duration, Instant};

use bambora_core::{Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use serde_json::{Value, json};

/// One row's work in one round.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) port: u16,
    /// The certificate to trust, if the server speaks TLS.
    pub(crate) root: Option<Vec<u8>>,
    pub(crate) reuse: bool,
    pub(crate) in_flight: usize,
    pub(crate) time: Duration,
}

impl Load {
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.root.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.port)
    }

    pub(crate) fn api(&self) -> Api {
        let credentials = Credentials::new(
            MerchantNumber::new("123456789").unwrap(),
            MerchantToken::new("abcdefg").unwrap(),
            MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
        );
        Api::new(credentials).with_base_url(self.origin().parse().unwrap())
    }

    pub(crate) fn cancel(&self) -> CancelPayment {
        CancelPayment::new("ORDER-1001".parse().unwrap())
    }
}

/// The latencies of one worker. Its first call, which connects for the first time, does not count.
pub(crate) struct Samples {
    until: Option<Instant>,
    time: Duration,
    started: Instant,
    nanoseconds: Vec<u64>,
}

impl Samples {
    pub(crate) fn new(load: &Load) -> Self {
        Self { until: None, time: load.time, started: Instant::now(), nanoseconds: Vec::with_capacity(100_000) }
    }

    /// Begins another call. Returns `false` if the time is up.
    pub(crate) fn begin(&mut self) -> bool {
        self.started = Instant::now();
        self.until.is_none_or(|until| self.started < until)
    }

    pub(crate) fn end(&mut self) {
        let now = Instant::now();
        match self.until {
            None => self.until = Some(now + self.time),
            Some(_) => {
                let took = now - self.started;
                self.nanoseconds.push(took.as_nanos().try_into().unwrap());
            }
        }
    }
}

/// Returns the medians of two kinds of call that took turns on the same connection, so that noise meets both alike.
pub(crate) fn medians([exchange, flow]: [Samples; 2]) -> Value {
    json!({
        "exchange": percentile(&sorted(vec![exchange]), 50),
        "flow": percentile(&sorted(vec![flow]), 50),
    })
}

/// Returns the results of a round.
pub(crate) fn report(load: &Load, workers: Vec<Samples>) -> Value {
    let cpu_ticks = cpu_ticks(std::process::id());
    let nanoseconds = sorted(workers);
    json!({
        "calls": nanoseconds.len(),
        "per_second": nanoseconds.len() as f64 / load.time.as_secs_f64(),
        "p50": percentile(&nanoseconds, 50),
        "p99": percentile(&nanoseconds, 99),
        "cpu_ticks": cpu_ticks,
        "peak_kib": peak_kib(),
    })
}

fn sorted(workers: Vec<Samples>) -> Vec<u64> {
    let samples = workers.into_iter();
    let mut nanoseconds: Vec<u64> = samples.flat_map(|samples| samples.nanoseconds).collect();
    nanoseconds.sort_unstable();
    nanoseconds
}

fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    sorted.get(sorted.len() * percent / 100).copied()
}

/// Returns the processor time of a process and its threads, in hundredths of a second.
pub(crate) fn cpu_ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may hold blanks; user and system time are the 12th and 13th fields after it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |index| -> u64 {
        let field = fields.split_whitespace().nth(index);
        field.and_then(|field| field.parse().ok()).unwrap_or(0)
    };
    ticks(11) + ticks(12)
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
