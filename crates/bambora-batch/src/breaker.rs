//! Stops asking a server that cannot be reached, and tries now and then whether it can again.

use std::time::Duration;

/// Whether the next request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// It may be sent.
    Go,
    /// It may be sent, as the only one: report its result to the breaker.
    Probe,
    /// No request may be sent before this time.
    WaitUntil(Duration),
    /// No request may be sent until the probe that is under way has ended.
    WaitForProbe,
}

/// A circuit breaker over connections.
///
/// After a few failed connections in a row, it is open: it lets one probe through at a time, with growing waits, until one connects. It does nothing by itself: the time is passed in, as a duration since an origin of the caller's choice.
#[derive(Clone, Debug)]
pub struct Breaker {
    threshold: u32,
    first_wait: Duration,
    longest_wait: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Duration, wait: Duration },
    Probing { wait: Duration },
}

impl Breaker {
    /// A breaker that opens after so many failures in a row, and waits this long before a probe: longer each time, up to
    /// the longest.
    #[must_use]
    pub fn new(threshold: u32, first_wait: Duration, longest_wait: Duration) -> Self {
        Self { threshold, first_wait, longest_wait: longest_wait.max(first_wait), state: State::Closed { failures: 0 } }
    }

    /// Asks for one request.
    pub fn admit(&mut self, now: Duration) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Go,
            State::Open { until, .. } if now < until => Admission::WaitUntil(until),
            State::Open { wait, .. } => {
                self.state = State::Probing { wait };
                Admission::Probe
            }
            State::Probing { .. } => Admission::WaitForProbe,
        }
    }

    /// A connection came about, the probe's or one that was begun before.
    pub fn connected(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// A connection did not come about. Failures of requests that were begun before the breaker opened change nothing.
    pub fn failed(&mut self, now: Duration, admission: Admission) {
        match (self.state, admission) {
            (State::Closed { failures }, _) if failures + 1 < self.threshold => {
                self.state = State::Closed { failures: failures + 1 };
            }
            (State::Closed { .. }, _) => self.open(now, self.first_wait),
            (State::Probing { wait }, Admission::Probe) => {
                self.open(now, wait.saturating_mul(2).min(self.longest_wait));
            }
            _ => {}
        }
    }

    /// Connections come about, but nobody is behind them: opens the breaker at once.
    pub fn trip(&mut self, now: Duration, admission: Admission) {
        match (self.state, admission) {
            (State::Closed { .. }, _) => self.open(now, self.first_wait),
            _ => self.failed(now, admission),
        }
    }

    /// The probe was given up before it was known whether it connects. The next may go at once.
    pub fn abandoned(&mut self, now: Duration, admission: Admission) {
        if let (State::Probing { wait }, Admission::Probe) = (self.state, admission) {
            self.state = State::Open { until: now, wait };
        }
    }

    /// Returns `true` if requests are held back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }

    fn open(&mut self, now: Duration, wait: Duration) {
        self.state = State::Open { until: now.saturating_add(wait), wait };
    }
}
