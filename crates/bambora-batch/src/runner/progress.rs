//! What a run tells while it goes on.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use crate::journal::{Recorded, Status};

/// What an observer of a run is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent {
    /// What came of a payment is in the journal, durably.
    Recorded(Recorded),
    /// Where the run stands: once at its beginning, then in regular intervals, and once at its end.
    Progress(Progress),
}

/// Where a run stands.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Progress {
    /// How many payments the run found to work on.
    pub to_do: u64,
    /// How many of them were recorded as canceled.
    pub canceled: u64,
    /// How many were recorded as captured.
    pub captured: u64,
    /// How many were recorded as refunded.
    pub refunded: u64,
    /// How many were recorded as refused.
    pub refused: u64,
    /// How many were recorded as in doubt: the next run goes on with them.
    pub in_doubt: u64,
    /// How many were recorded as stuck.
    pub stuck: u64,
    /// The number of requests that were sent, queries included.
    pub requests: u64,
    /// The number of requests that are under way now.
    pub in_flight: usize,
    /// The number of payments that wait between two requests.
    pub between_requests: usize,
    /// Recorded payments per second, over the last seconds.
    pub per_second: f64,
    /// The time since the run began.
    pub elapsed: Duration,
    /// Why nothing is sent now, if that is so.
    pub pause: Option<Pause>,
}

impl Progress {
    /// Returns how many payments are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.to_do.saturating_sub(self.recorded())
    }

    /// Returns the time until the end at the present rate. `None` if nothing was recorded of late.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.left() as f64 / self.per_second).ok()
    }

    /// What was done, and how often: captures and refunds only if there are any.
    pub(super) fn done(&self) -> impl Iterator<Item = (u64, Status)> {
        let done =
            [(self.canceled, Status::Canceled), (self.captured, Status::Captured), (self.refunded, Status::Refunded)];
        done.into_iter().filter(|(count, status)| *count > 0 || *status == Status::Canceled)
    }

    pub(super) fn count(&mut self, status: Status) {
        match status {
            Status::Canceled => self.canceled += 1,
            Status::Captured => self.captured += 1,
            Status::Refunded => self.refunded += 1,
            Status::Refused => self.refused += 1,
            Status::Started => self.in_doubt += 1,
            Status::Stuck => self.stuck += 1,
            Status::Waiting => {}
        }
    }

    fn recorded(&self) -> u64 {
        self.canceled + self.captured + self.refunded + self.refused + self.in_doubt + self.stuck
    }
}

/// Why a run sends nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pause {
    /// The server asked to be left alone for this time.
    #[non_exhaustive]
    Asked {
        /// The time that is left.
        left: Duration,
    },
    /// The server cannot be reached. It is tried now and then.
    #[non_exhaustive]
    Unreachable {
        /// Why the last request failed.
        cause: String,
    },
}

/// How many progress events a rate is taken over.
const RATE_EVENTS: usize = 5;

/// The rate over the last progress events.
#[derive(Debug, Default)]
pub(super) struct RateWindow(VecDeque<(Duration, u64)>);

impl RateWindow {
    pub(super) fn note(&mut self, progress: &mut Progress) {
        let recorded = progress.recorded();
        let (since, before) = self.0.front().copied().unwrap_or_default();
        let seconds = progress.elapsed.saturating_sub(since).as_secs_f64();
        if seconds > 0.0 {
            progress.per_second = recorded.saturating_sub(before) as f64 / seconds;
        }
        self.0.push_back((progress.elapsed, recorded));
        if self.0.len() > RATE_EVENTS {
            self.0.pop_front();
        }
    }
}

/// Observes a run. It is awaited, so a slow observer slows the run down.
///
/// Closures of the form `|event: RunEvent| async move { … }` are observers.
pub trait RunObserver: Send {
    /// Observes `event`.
    fn observe(&mut self, event: RunEvent) -> impl Future<Output = ()> + Send;
}

impl<F, R> RunObserver for F
where
    F: FnMut(RunEvent) -> R + Send,
    R: Future<Output = ()> + Send,
{
    fn observe(&mut self, event: RunEvent) -> impl Future<Output = ()> + Send {
        self(event)
    }
}
