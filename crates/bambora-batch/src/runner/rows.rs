//! The run's rows: claimed ahead, and recorded many at once.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use super::work::Rest;
use crate::journal::{Doubt, Journal, JournalError, Pending, Record, Recorded, Run, Taken};

/// How many rows one claim takes.
const CLAIM: u32 = 768;

/// With fewer rows than this at hand, the next claim begins.
const LOW: usize = 512;

/// With fewer rows than this at hand, the next claim begins with a write, and both are one commit.
const LOW_AT_WRITE: usize = 1_024;

/// So many results are worth a commit at once.
const BATCH: usize = 768;

/// How long a result waits for others at most.
const BATCH_TIME: Duration = Duration::from_millis(40);

/// With more results than this that are not written yet, nothing new is begun.
const BACKLOG: usize = 1_536;

/// Which rows are claimed next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    InDoubt,
    Waiting,
    Exhausted,
}

#[derive(Debug)]
pub(super) struct Rows {
    journal: Journal,
    run: Run,
    source: Source,
    fresh: VecDeque<Taken>,
    claiming: Option<Pending<Vec<Taken>>>,
    /// Whether rows were given back since that was begun.
    has_released: bool,
    records: Vec<(Taken, Record)>,
    /// When the first of the records came.
    since: Duration,
    recording: Option<Pending<Vec<Result<Recorded, JournalError>>>>,
    releases: Vec<Taken>,
    releasing: Option<Pending<()>>,
}

/// What the journal has done.
#[derive(Debug)]
pub(super) enum Written {
    Claimed,
    Recorded(Vec<Result<Recorded, JournalError>>),
    Released,
}

impl Rows {
    pub(super) fn new(journal: Journal, run: Run) -> Self {
        Self {
            journal,
            run,
            source: Source::InDoubt,
            fresh: VecDeque::new(),
            claiming: None,
            has_released: false,
            records: Vec::new(),
            since: Duration::ZERO,
            recording: None,
            releases: Vec::new(),
            releasing: None,
        }
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty() && self.records.len() < BACKLOG
    }

    pub(super) fn take_fresh(&mut self) -> Option<Taken> {
        self.fresh.pop_front()
    }

    /// Nothing is at hand, under way, or left to be claimed.
    pub(super) fn is_idle(&self) -> bool {
        self.fresh.is_empty()
            && self.claiming.is_none()
            && self.records.is_empty()
            && self.releases.is_empty()
            && !self.is_writing()
    }

    fn is_writing(&self) -> bool {
        self.recording.is_some() || self.releasing.is_some()
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.source == Source::Exhausted && !self.journal.has_freed(self.run)
    }

    pub(super) fn add(&mut self, rest: Rest, now: Duration) {
        match rest {
            Rest::Release(taken) => self.releases.push(taken),
            Rest::Record(taken, record) => {
                if self.records.is_empty() {
                    self.since = now;
                }
                self.records.push((taken, record));
            }
        }
    }

    /// Gives back the rows at hand that wait. Those in doubt can be had once in a run.
    pub(super) fn release_waiting(&mut self) {
        let (in_doubt, waiting): (VecDeque<_>, VecDeque<_>) = self.fresh.drain(..).partition(Taken::is_in_doubt);
        self.fresh = in_doubt;
        self.releases.extend(waiting);
    }

    /// Gives back all rows at hand that wait, but one to try the server with.
    pub(super) fn keep_one_waiting(&mut self) {
        let first = self.fresh.pop_front();
        self.release_waiting();
        self.fresh.extend(first);
    }

    /// Leaves those in doubt to the next run. On the disk they are as they were.
    pub(super) fn leave_in_doubt(&mut self) {
        if self.source == Source::InDoubt {
            self.source = Source::Waiting;
            self.claiming = None;
        }
        self.fresh.retain(|taken| !taken.is_in_doubt());
    }

    pub(super) fn release_all(&mut self) {
        self.releases.extend(self.fresh.drain(..));
    }

    /// Begins the next claim if it is time: of one row only, if nothing is known to go.
    pub(super) fn claim(&mut self, only_one: bool) {
        let enough = match (only_one, self.records.len() >= BATCH) {
            (true, _) => 1,
            (false, true) => LOW_AT_WRITE,
            (false, false) => LOW,
        };
        let is_releasing = !self.releases.is_empty() || self.releasing.is_some();
        if self.claiming.is_some() || is_releasing || self.fresh.len() >= enough {
            return;
        }
        let most = if only_one { 1 } else { CLAIM };
        self.has_released = false;
        self.claiming = match self.source {
            Source::InDoubt => Some(self.journal.claim_started_by(self.run, most, Doubt::FromCheckpoint)),
            Source::Exhausted if self.is_exhausted() => None,
            Source::Waiting | Source::Exhausted => Some(self.journal.claim_by(self.run, most, Doubt::FromCheckpoint)),
        };
    }

    /// Begins the next write if it is time, and returns when it is else.
    pub(super) fn write(&mut self, now: Duration, at_once: bool) -> Option<Duration> {
        if self.is_writing() {
            return None;
        }
        if !self.releases.is_empty() {
            let releases = std::mem::take(&mut self.releases);
            self.releasing = Some(self.journal.release(releases));
            return None;
        }
        let until = self.since.saturating_add(BATCH_TIME);
        if self.records.len() >= BATCH || !self.records.is_empty() && (at_once || until <= now) {
            let records = std::mem::take(&mut self.records);
            self.recording = Some(self.journal.record_all(records));
            return None;
        }
        (!self.records.is_empty()).then_some(until)
    }

    /// Waits for what was begun. `None` if nothing was.
    pub(super) async fn written(&mut self) -> Option<Result<Written, JournalError>> {
        tokio::select! {
            Some(claimed) = maybe(self.claiming.as_mut()) => {
                self.claiming = None;
                Some(claimed.map(|taken| self.claimed(taken)))
            }
            Some(recorded) = maybe(self.recording.as_mut()) => {
                self.recording = None;
                Some(recorded.map(Written::Recorded))
            }
            Some(released) = maybe(self.releasing.as_mut()) => {
                self.releasing = None;
                Some(released.map(|()| self.released()))
            }
            else => None,
        }
    }

    fn released(&mut self) -> Written {
        self.has_released = true;
        if self.source == Source::Exhausted {
            self.source = Source::Waiting;
        }
        Written::Released
    }

    fn claimed(&mut self, taken: Vec<Taken>) -> Written {
        if taken.is_empty() {
            self.source = match self.source {
                Source::InDoubt => Source::Waiting,
                // The claim may have come before what was given back.
                Source::Waiting if self.has_released => Source::Waiting,
                Source::Waiting | Source::Exhausted => Source::Exhausted,
            };
        }
        self.fresh.extend(taken);
        Written::Claimed
    }
}

async fn maybe<F: Future>(future: Option<F>) -> Option<F::Output> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use bambora_core::{BaseUrl, Merchant, MerchantNumber};

    use super::*;

    /// A claim that found nothing, and rows that are given back at the same time, whichever is heard of first.
    #[tokio::test]
    async fn rows_that_are_given_back_are_claimed_again() {
        let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap());
        for _ in 0..30 {
            let folder = tempfile::tempdir().unwrap();
            let journal = Journal::open(folder.path().join("journal"), &merchant).unwrap();
            journal.add(vec!["ORDER-1".parse().unwrap()]).await.unwrap();
            let run = journal.begin_run().await.unwrap();
            let mut rows = Rows::new(journal.clone(), run);
            while !rows.has_fresh() {
                rows.claim(false);
                rows.written().await.unwrap().unwrap();
            }
            rows.claim(false);
            rows.release_all();
            rows.write(Duration::ZERO, true);
            tokio::select! {
                biased;
                _ = rows.written() => panic!("the journal was not asked before"),
                () = std::future::ready(()) => {}
            }
            // Both are done before either is heard of.
            journal.counts().wait().unwrap();
            while let Some(written) = rows.written().await {
                written.unwrap();
            }
            assert!(!rows.is_exhausted());
        }
    }
}
