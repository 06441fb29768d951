//! Begins whatever a run can begin.

use std::time::Duration;

use bambora_core::flow::Step;

use super::brakes::HeldBack;
use super::exchange::Request;
use super::flow::Kind;
use super::state::{Phase, State};
use super::work::Work;
use crate::breaker::Admission;
use crate::journal::Taken;

impl State {
    /// Sends, claims and writes, and returns when to look again at the latest.
    pub(super) fn send_and_write(&mut self, now: Duration) -> Option<Duration> {
        self.check_outage(now);
        let mut wake = self.send(now);
        if self.phase == Phase::Working {
            let is_open = self.brakes.is_open();
            if !is_open || self.exchanges.under_way() == 0 && self.due.is_empty() {
                self.rows.claim(is_open);
            }
        }
        self.settle_not_found(now);
        // If there is room for more requests, it may be that everybody waits for what is not recorded.
        let at_once = self.exchanges.under_way() == 0;
        for time in [self.rows.write(now, at_once), self.parked.next()] {
            wake = earlier(wake, time);
        }
        wake
    }

    /// Sends requests as long as there are slots and permits.
    fn send(&mut self, now: Duration) -> Option<Duration> {
        while let Some(work) = self.parked.take(now) {
            self.due.push_back(work);
        }
        while !self.exchanges.is_full() && self.has_work() {
            match self.brakes.admit(now) {
                Ok(admission) => self.send_next(now, admission),
                Err(HeldBack::ByRate(time)) => return Some(time),
                Err(HeldBack::Paused(time)) => {
                    if self.phase == Phase::Finishing {
                        self.drain(now);
                    }
                    return time;
                }
            }
        }
        None
    }

    fn has_work(&self) -> bool {
        !self.due.is_empty() || self.can_begin()
    }

    fn can_begin(&self) -> bool {
        self.phase == Phase::Working
            && self.rows.has_fresh()
            && self.parked.len() < self.settings.most_parked()
            && self.not_found.len() < self.settings.most_parked()
    }

    fn send_next(&mut self, now: Duration, admission: Admission) {
        let next = match self.due.pop_front() {
            Some(work) => Some(work),
            None => self.rows.take_fresh().map(|taken| self.begin(taken)),
        };
        let Some(mut work) = next else {
            return self.brakes.abandon(now, admission);
        };
        match work.step() {
            Step::Send(Kind::Change) if self.phase > Phase::Working => {
                work.skip(Kind::Change);
                self.brakes.abandon(now, admission);
                self.rows.add(work.give_up(), now);
            }
            Step::Send(kind) => {
                self.progress.requests += 1;
                self.exchanges.send(Request { work, kind, admission });
            }
            Step::Wait(time) => {
                self.brakes.abandon(now, admission);
                self.park(work, time, now);
            }
            Step::Done(ended) => {
                self.brakes.abandon(now, admission);
                self.conclude(*work, ended, now);
            }
        }
    }

    fn begin(&mut self, taken: Taken) -> Box<Work> {
        self.seed = self.seed.wrapping_add(1);
        Box::new(Work::begin(taken, &self.merchant, &self.settings.policies, self.seed))
    }
}

fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}
