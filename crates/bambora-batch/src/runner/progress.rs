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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_counted_and_leaves_one_less() {
        let mut progress = Progress { to_do: 7, ..Progress::default() };
        for (left, status) in (0..7).rev().zip(Status::ALL.into_iter().filter(|status| *status != Status::Waiting)) {
            progress.count(status);
            assert_eq!(progress.left(), left, "{status}");
        }
        let Progress { canceled, captured, refunded, refused, in_doubt, stuck, .. } = progress;
        assert_eq!([canceled, captured, refunded, refused, in_doubt, stuck], [1; 6]);
        // A row that waits again is not worked on to its end.
        progress.count(Status::Waiting);
        assert_eq!(progress.left(), 1);
        for _ in 0..3 {
            progress.count(Status::Canceled);
        }
        assert_eq!(progress.left(), 0);
    }

    #[test]
    fn the_rate_is_that_of_the_last_events() {
        let mut window = RateWindow::default();
        let mut progress = Progress { to_do: 100, ..Progress::default() };
        let rates: Vec<_> = [0, 10, 20, 40, 40, 40, 40, 40, 40]
            .into_iter()
            .enumerate()
            .map(|(second, canceled)| {
                progress.elapsed = Duration::from_secs(second as u64);
                progress.canceled = canceled;
                window.note(&mut progress);
                progress.per_second
            })
            .collect();
        assert_eq!(rates, [0.0, 10.0, 10.0, 40.0 / 3.0, 10.0, 8.0, 6.0, 4.0, 0.0]);
    }

    #[test]
    fn the_time_that_is_left_goes_by_the_rate() {
        let mut progress = Progress { to_do: 100, canceled: 40, per_second: 4.0, ..Progress::default() };
        assert_eq!(progress.time_left(), Some(Duration::from_secs(15)));
        progress.per_second = 0.0;
        assert_eq!(progress.time_left(), None);
        progress.canceled = 100;
        assert_eq!(progress.time_left(), None);
    }

    #[test]
    fn captures_and_refunds_are_named_only_if_there_are_any() {
        let done = |progress: &Progress| progress.done().collect::<Vec<_>>();
        let mut progress = Progress::default();
        assert_eq!(done(&progress), [(0, Status::Canceled)]);
        (progress.captured, progress.refused) = (2, 3);
        assert_eq!(done(&progress), [(0, Status::Canceled), (2, Status::Captured)]);
        (progress.captured, progress.refunded) = (0, 1);
        assert_eq!(done(&progress), [(0, Status::Canceled), (1, Status::Refunded)]);
    }
}
