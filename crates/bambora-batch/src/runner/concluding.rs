//! What becomes of a payment after an exchange: another request, a wait, or what is recorded of it.

use std::time::Duration;

use bambora_core::flow::Step;

use super::exchange::{Exchanged, NotStored, Request};
use super::flow::{Ended, Kind};
use super::slots::Exchange;
use super::state::{Phase, State};
use super::summary::RunEnd;
use super::work::Work;
use crate::gate::{Decision, StopReason};

/// A request that was not sent is not tried again before this.
const AFTER_NOT_SENT: Duration = Duration::from_millis(200);

impl State {
    pub(super) fn after_exchange(&mut self, exchange: Exchange, now: Duration) {
        match exchange {
            Ok(exchanged) => self.after_exchanged(exchanged, now),
            Err(not_stored) => self.after_not_stored(*not_stored, now),
        }
    }

    fn after_exchanged(&mut self, mut exchanged: Exchanged, now: Duration) {
        let was_open = self.brakes.is_open();
        let decision = self.brakes.learn(&exchanged, now);
        if self.brakes.is_open() && !was_open {
            self.give_back_what_waits(now);
        }
        match decision {
            Decision::Stop(reason @ (StopReason::Unauthorized | StopReason::Forbidden)) => {
                return self.after_denial(exchanged, reason, now);
            }
            // What is under way is still asked for: a payment in doubt that is not found would stay so for good.
            Decision::Stop(reason) => self.finish(RunEnd::Wrong(reason), now),
            Decision::Pass | Decision::Hold => {}
        }
        if exchanged.is_not_sent() {
            return self.after_not_sent(exchanged.request, now);
        }
        exchanged.request.work.pass(exchanged.elapsed);
        let Exchanged { request: Request { mut work, kind, .. }, mut result, .. } = exchanged;
        let was_asked_to_wait = result.retry_after.take().is_some();
        let is_nothing = kind == Kind::Query || work.is_turned_away(&result);
        if was_asked_to_wait && is_nothing && work.postpone() {
            return self.park(work, Duration::ZERO, now);
        }
        work.apply(kind, result);
        self.go_on(work, now);
    }

    /// The credentials were not accepted, or are not permitted: that is no outcome of the payment.
    fn after_denial(&mut self, exchanged: Exchanged, reason: StopReason, now: Duration) {
        let is_in_doubt = exchanged.request.work.taken().is_in_doubt();
        if reason == StopReason::Unauthorized || !is_in_doubt {
            self.end_by(RunEnd::Wrong(reason), now);
        } else if self.denials.add() {
            // The next run begins with those in doubt, too: one of them must not keep all others from their turn.
            self.rows.leave_in_doubt();
        }
        let Exchanged { request: Request { mut work, kind, .. }, result, .. } = exchanged;
        work.apply(kind, result);
        self.rows.add(work.deny(reason), now);
    }

    fn after_not_sent(&mut self, request: Request, now: Duration) {
        let work = self.take_back(request);
        if self.phase > Phase::Working || self.brakes.is_open() && !work.is_in_doubt() {
            return self.rows.add(work.give_up(), now);
        }
        self.park(work, AFTER_NOT_SENT, now);
    }

    fn after_not_stored(&mut self, not_stored: NotStored, now: Duration) {
        let NotStored { request, error } = not_stored;
        self.brakes.abandon(now, request.admission);
        self.end_by(RunEnd::Journal(error), now);
        let work = self.take_back(request);
        self.rows.add(work.give_up(), now);
    }

    /// The request was not sent.
    fn take_back(&mut self, request: Request) -> Box<Work> {
        let Request { mut work, kind, .. } = request;
        self.progress.requests = self.progress.requests.saturating_sub(1);
        work.skip(kind);
        work
    }

    fn go_on(&mut self, mut work: Box<Work>, now: Duration) {
        match work.step() {
            Step::Done(ended) => self.conclude(*work, ended, now),
            Step::Wait(time) => self.park(work, time, now),
            Step::Send(kind) => {
                work.skip(kind);
                self.park(work, Duration::ZERO, now);
            }
        }
    }

    pub(super) fn conclude(&mut self, work: Work, ended: Ended, now: Duration) {
        if ended.record.conclusion.status().is_terminal() {
            self.denials.interrupt();
        }
        if self.brakes.holds_not_found() && ended.is_not_found {
            self.not_found.push((work, ended));
        } else {
            let rest = work.conclude(ended.record, self.settings.stuck_after);
            self.rows.add(rest, now);
        }
    }

    /// Records what was held back, once it is known whether anything is found at all.
    pub(super) fn settle_not_found(&mut self, now: Duration) {
        let is_stopped = self.phase > Phase::Working;
        let is_complete = || self.rows.is_exhausted() && self.rows.is_idle() && self.has_nothing_under_way();
        let is_known = !self.brakes.holds_not_found() || !is_stopped && is_complete();
        if self.not_found.is_empty() || !is_known && !is_stopped {
            return;
        }
        for (work, ended) in std::mem::take(&mut self.not_found) {
            let rest = match is_known {
                true => work.conclude(ended.record, self.settings.stuck_after),
                false => work.give_back("404 payment_not_found"),
            };
            self.rows.add(rest, now);
        }
    }
}
