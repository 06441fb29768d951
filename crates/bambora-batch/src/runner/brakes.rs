//! What holds a run back: the rate, the server's wish, and a server that cannot be reached.

use std::time::Duration;

use super::exchange::Exchanged;
use super::progress::Pause;
use crate::breaker::{Admission, Breaker};
use crate::gate::{Decision, Gate};
use crate::pacer::Pacer;

/// After so many connections in a row that did not come about, only probes are sent.
const CONNECTIONS: u32 = 5;

/// After so many requests in a row without a response of the API, only probes are sent.
const REQUESTS: u32 = 20;

/// A server that asks for a pause gets this one at least: some ask for none at all.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

const FIRST_PROBE: Duration = Duration::from_millis(500);
const SLOWEST_PROBES: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Brakes {
    pacer: Pacer,
    breaker: Breaker,
    gate: Gate,
    unanswered: u32,
    /// Since when the server cannot be reached, and why.
    outage: Option<(Duration, String)>,
}

/// Why a request may not be sent now.
#[derive(Clone, Copy, Debug)]
pub(super) enum HeldBack {
    /// Its turn is at this time.
    ByRate(Duration),
    /// All requests are held back: until this time, or until a probe has ended.
    Paused(Option<Duration>),
}

impl Brakes {
    pub(super) fn new(pacer: Pacer, gate: Gate) -> Self {
        Self {
            pacer,
            breaker: Breaker::new(CONNECTIONS, FIRST_PROBE, SLOWEST_PROBES),
            gate,
            unanswered: 0,
            outage: None,
        }
    }

    /// Asks for one request.
    pub(super) fn admit(&mut self, now: Duration) -> Result<Admission, HeldBack> {
        let admission = match self.breaker.admit(now) {
            admission @ (Admission::Go | Admission::Probe) => admission,
            Admission::WaitUntil(time) => return Err(HeldBack::Paused(Some(time))),
            Admission::WaitForProbe => return Err(HeldBack::Paused(None)),
        };
        self.pacer.permit(now).map_err(|time| {
            self.breaker.abandoned(now, admission);
            match self.pacer.paused_until(now) {
                Some(_) => HeldBack::Paused(Some(time)),
                None => HeldBack::ByRate(time),
            }
        })?;
        Ok(admission)
    }

    /// The request that was asked for was not needed.
    pub(super) fn abandon(&mut self, now: Duration, admission: Admission) {
        self.breaker.abandoned(now, admission);
    }

    /// Learns from an exchange.
    pub(super) fn learn(&mut self, exchanged: &Exchanged, now: Duration) -> Decision {
        let (admission, result) = (exchanged.request.admission, &exchanged.result);
        if exchanged.is_not_sent() {
            self.breaker.failed(now, admission);
        } else if result.retry_after.is_none() && exchanged.is_unanswered() {
            self.unanswered = self.unanswered.saturating_add(1);
            if self.unanswered >= REQUESTS { self.breaker.trip(now, admission) } else { self.breaker.connected() }
        } else {
            self.unanswered = 0;
            self.breaker.connected();
        }
        self.note_outage(exchanged, now);
        if let Some(wait) = result.retry_after {
            self.pacer.pause_until(now.saturating_add(wait.max(LEAST_PAUSE)));
        }
        match exchanged.status {
            Some(status) => self.gate.check(status),
            None => Decision::Pass,
        }
    }

    fn note_outage(&mut self, exchanged: &Exchanged, now: Duration) {
        if !self.breaker.is_open() {
            self.outage = None;
        } else if exchanged.is_not_sent() || exchanged.is_unanswered() {
            let since = self.outage.take().map_or(now, |(since, _)| since);
            self.outage = Some((since, exchanged.result.observation.to_string()));
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    pub(super) fn holds_not_found(&self) -> bool {
        self.gate.holds_not_found()
    }

    /// Returns for how long the server cannot be reached, and why.
    pub(super) fn outage(&self, now: Duration) -> Option<(Duration, &str)> {
        let (since, cause) = self.outage.as_ref()?;
        Some((now.saturating_sub(*since), cause))
    }

    pub(super) fn pause(&self, now: Duration) -> Option<Pause> {
        if let Some((_, cause)) = self.outage(now) {
            let cause = cause.to_owned();
            return Some(Pause::Unreachable { cause });
        }
        let until = self.pacer.paused_until(now)?;
        Some(Pause::Asked { left: until.saturating_sub(now) })
    }
}
