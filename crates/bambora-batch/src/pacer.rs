//! Spreads requests over time.

use std::time::Duration;

/// How many requests may be sent in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// A rate in requests per second.
    ///
    /// # Errors
    ///
    /// If it is not between one request in a day and a million in a second.
    pub fn per_second(requests: f64) -> Result<Self, InvalidRate> {
        if (1.0 / 86_400.0..=1e6).contains(&requests) { Ok(Self(requests)) } else { Err(InvalidRate) }
    }

    /// Returns the time from one request to the next.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.0)
    }
}

/// The number is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a rate: give requests per second, from one in a day (0.000012) to 1000000")]
#[non_exhaustive]
pub struct InvalidRate;

/// Timers are late by about this much. What was missed in that time is caught up.
const SLACK: Duration = Duration::from_millis(10);

/// Says when the next request may be sent. It covers requests of every kind, and does nothing by itself: the time is
/// passed in, as a duration since an origin of the caller's choice.
#[derive(Clone, Debug)]
pub struct Pacer {
    interval: Duration,
    next: Duration,
    paused_until: Duration,
}

impl Pacer {
    /// A pacer without a rate: only pauses hold requests back.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { interval: Duration::ZERO, next: Duration::ZERO, paused_until: Duration::ZERO }
    }

    /// A pacer that spreads requests evenly.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { interval: rate.interval(), ..Self::unlimited() }
    }

    /// Permits one request.
    ///
    /// # Errors
    ///
    /// The time to try again at, if none may be sent yet. Nothing is counted then.
    pub fn permit(&mut self, now: Duration) -> Result<(), Duration> {
        if now < self.paused_until {
            return Err(self.paused_until.max(self.next));
        }
        if now < self.next {
            return Err(self.next);
        }
        let earliest = now.saturating_sub(SLACK);
        self.next = self.next.max(earliest).saturating_add(self.interval);
        Ok(())
    }

    /// Returns when the pause that the server asked for ends, if there is one.
    #[must_use]
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then_some(self.paused_until)
    }

    /// Holds every request back until a time, as the server asked for. A shorter pause does not end a longer one.
    pub fn pause_until(&mut self, time: Duration) {
        self.paused_until = self.paused_until.max(time);
    }
}
