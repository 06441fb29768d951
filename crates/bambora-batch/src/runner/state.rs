//! What a run has under way, and how that is brought to an end.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use bambora_core::Merchant;
use bambora_hyper::Client;

use super::brakes::Brakes;
use super::denials::Denials;
use super::flow::Ended;
use super::parked::Parked;
use super::progress::Progress;
use super::rows::Rows;
use super::settings::Settings;
use super::slots::Slots;
use super::stop_token::Stop;
use super::summary::RunEnd;
use super::work::Work;
use crate::gate::StopReason;

/// How far a run has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Working,
    /// Only queries are sent, for what is in doubt.
    Finishing,
    /// Nothing more is sent.
    Draining,
}

pub(super) struct State {
    pub(super) merchant: Merchant,
    pub(super) settings: Settings,
    pub(super) seed: u64,
    pub(super) rows: Rows,
    pub(super) brakes: Brakes,
    /// Payments whose next request is due.
    pub(super) due: VecDeque<Box<Work>>,
    pub(super) parked: Parked,
    pub(super) exchanges: Slots,
    /// Payments that were not found, as long as it may be that none is found.
    pub(super) not_found: Vec<(Work, Ended)>,
    pub(super) denials: Denials,
    pub(super) progress: Progress,
    pub(super) phase: Phase,
    end: Option<RunEnd>,
}

impl State {
    pub(super) fn new(client: Client, settings: Settings, rows: Rows, to_do: u64) -> Self {
        Self {
            merchant: client.api().merchant().clone(),
            seed: RandomState::new().hash_one(()),
            brakes: settings.brakes(),
            due: VecDeque::new(),
            parked: Parked::default(),
            exchanges: Slots::new(client, rows.journal().clone(), settings.jobs),
            not_found: Vec::new(),
            denials: Denials::default(),
            progress: Progress { to_do, ..Progress::default() },
            phase: Phase::Working,
            end: None,
            rows,
            settings,
        }
    }

    /// Why the run has ended.
    pub(super) fn end(&mut self) -> RunEnd {
        let end = if self.denials.has_any() { RunEnd::Wrong(StopReason::Forbidden) } else { RunEnd::Complete };
        self.end.take().unwrap_or(end)
    }

    pub(super) fn is_over(&self) -> bool {
        self.has_nothing_under_way() && self.rows.is_idle() && (self.phase > Phase::Working || self.rows.is_exhausted())
    }

    pub(super) fn has_nothing_under_way(&self) -> bool {
        self.exchanges.under_way() == 0 && self.due.is_empty() && self.parked.is_empty()
    }

    /// Keeps a payment until its time comes, if it may still send something then.
    pub(super) fn park(&mut self, work: Box<Work>, time: Duration, now: Duration) {
        let may_send = match self.phase {
            Phase::Working => true,
            Phase::Finishing => work.is_in_doubt(),
            Phase::Draining => false,
        };
        if !may_send {
            return self.rows.add(work.give_up(), now);
        }
        self.parked.park(now.saturating_add(time), work);
    }

    pub(super) fn stop(&mut self, stop: Stop, now: Duration) {
        match stop {
            Stop::NotYet => {}
            Stop::Gracefully => self.end_by(RunEnd::Stopped, now),
            Stop::AtOnce => {
                self.exchanges.abort();
                self.end_by(RunEnd::Stopped, now);
            }
        }
    }

    pub(super) fn check_outage(&mut self, now: Duration) {
        if let (Some(limit), Some((lasted, cause))) = (self.settings.outage_limit, self.brakes.outage(now))
            && lasted >= limit
        {
            let cause = cause.to_owned();
            self.end_by(RunEnd::Unreachable { cause }, now);
        }
    }

    /// Nothing new is begun, and no payment is changed any more. What is in doubt is still asked for.
    pub(super) fn finish(&mut self, end: RunEnd, now: Duration) {
        self.end.get_or_insert(end);
        if self.phase == Phase::Working {
            self.phase = Phase::Finishing;
            self.rows.release_all();
            self.give_back_what_waits(now);
        }
    }

    /// Ends the run. The first reason is the one that is told.
    pub(super) fn end_by(&mut self, end: RunEnd, now: Duration) {
        self.end.get_or_insert(end);
        self.drain(now);
    }

    /// Nothing more is sent. Exchanges under way may end.
    pub(super) fn drain(&mut self, now: Duration) {
        self.phase = Phase::Draining;
        self.rows.release_all();
        for work in self.due.drain(..).chain(self.parked.extract(|_| true)) {
            self.rows.add(work.give_up(), now);
        }
    }

    /// Payments that are not in doubt wait in the journal, not here.
    pub(super) fn give_back_what_waits(&mut self, now: Duration) {
        self.rows.release_waiting();
        let is_waiting = |work: &Work| !work.is_in_doubt();
        let (waiting, in_doubt): (VecDeque<_>, VecDeque<_>) = self.due.drain(..).partition(|work| is_waiting(work));
        self.due = in_doubt;
        for work in waiting.into_iter().chain(self.parked.extract(is_waiting)) {
            self.rows.add(work.give_up(), now);
        }
    }
}
