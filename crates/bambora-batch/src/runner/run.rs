//! A run: from the rows that are open to the reason why it ends.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use bambora_core::flow::{RequestKind, Step};
use bambora_core::{Merchant, Outcome};
use bambora_hyper::Client;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::brakes::{Brakes, Denied};
use super::exchange::Exchanged;
use super::parked::Parked;
use super::progress::{Progress, RateWindow, RunEvent, RunObserver};
use super::rows::{Rows, Written};
use super::settings::Settings;
use super::slots::Slots;
use super::stop_token::Stop;
use super::summary::RunEnd;
use super::work::Work;
use crate::breaker::Admission;
use crate::gate::{Decision, StopReason};
use crate::journal::{JournalError, Taken};

/// A request that was not sent is not tried again before this.
const AFTER_NOT_SENT: Duration = Duration::from_millis(200);

/// How far a run has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Working,
    /// Nothing new is begun.
    Finishing,
    /// Nothing more is sent.
    Draining,
}

pub(super) struct Run<O> {
    merchant: Merchant,
    settings: Settings,
    observer: O,
    started: Instant,
    seed: u64,
    stop: watch::Receiver<Stop>,
    tick: Interval,
    rows: Rows,
    brakes: Brakes,
    /// Payments whose next request is due.
    due: VecDeque<Box<Work>>,
    parked: Parked,
    exchanges: Slots,
    /// Payments that were not found, as long as it may be that none is found.
    not_found: Vec<(Work, Outcome)>,
    progress: Progress,
    rate: RateWindow,
    phase: Phase,
    end: Option<RunEnd>,
}

enum Happened {
    Exchanged(Option<Exchanged>),
    Written(Result<Written, JournalError>),
    Stop(Stop),
    Tick,
    Time,
}

impl<O: RunObserver> Run<O> {
    pub(super) fn new(client: Client, settings: Settings, observer: O, rows: Rows, to_do: u64) -> Self {
        let mut tick = interval(settings.progress_interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            merchant: client.api().merchant().clone(),
            observer,
            started: Instant::now(),
            seed: RandomState::new().hash_one(()),
            stop: settings.stop.watch(),
            tick,
            rows,
            brakes: settings.brakes(),
            due: VecDeque::new(),
            parked: Parked::default(),
            exchanges: Slots::new(client, settings.jobs),
            not_found: Vec::new(),
            progress: Progress { to_do, ..Progress::default() },
            rate: RateWindow::default(),
            phase: Phase::Working,
            end: None,
            settings,
        }
    }

    pub(super) async fn go(mut self) -> (RunEnd, Progress) {
        loop {
            let wake = self.send_and_write();
            if self.is_over() {
                break;
            }
            let happened = self.happen(wake).await;
            match happened {
                Happened::Exchanged(exchanged) => self.take_exchanges(exchanged),
                Happened::Written(written) => self.after_write(written).await,
                Happened::Stop(stop) => self.after_stop(stop),
                Happened::Tick => self.tell().await,
                Happened::Time => {}
            }
        }
        self.tell().await;
        (self.end.unwrap_or(RunEnd::Complete), self.progress)
    }

    /// Begins whatever can be begun, and returns when to look again at the latest.
    fn send_and_write(&mut self) -> Option<Duration> {
        let now = self.started.elapsed();
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

    fn is_over(&self) -> bool {
        self.exchanges.under_way() == 0
            && self.due.is_empty()
            && self.parked.is_empty()
            && self.rows.is_idle()
            && (self.phase > Phase::Working || self.rows.is_exhausted())
    }

    async fn happen(&mut self, wake: Option<Duration>) -> Happened {
        let wake = wake.map(|wake| self.started + wake);
        let sleep = async {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(exchanged) = self.exchanges.next() => Happened::Exchanged(exchanged),
            Some(written) = self.rows.written() => Happened::Written(written),
            Ok(()) = self.stop.changed() => Happened::Stop(*self.stop.borrow_and_update()),
            _ = self.tick.tick() => Happened::Tick,
            () = sleep => Happened::Time,
        }
    }

    /// Sends requests as long as there are slots and permits.
    fn send(&mut self, now: Duration) -> Option<Duration> {
        while let Some(work) = self.parked.take(now) {
            self.due.push_back(work);
        }
        while !self.exchanges.is_full() && self.has_work() {
            match self.brakes.admit(now) {
                Ok(admission) => self.send_next(now, admission),
                Err(Denied::Turn(time)) => return Some(time),
                Err(Denied::Paused(time)) => {
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
            Step::Send(kind) => {
                self.progress.requests += 1;
                self.exchanges.send(work, kind, admission);
            }
            Step::Wait(time) => {
                self.brakes.abandon(now, admission);
                self.park(work, time, now);
            }
            Step::Done(outcome) => {
                self.brakes.abandon(now, admission);
                self.conclude(*work, &outcome, now);
            }
        }
    }

    fn begin(&mut self, taken: Taken) -> Box<Work> {
        self.seed = self.seed.wrapping_add(1);
        let policy = &self.settings.policy;
        Box::new(Work::begin(taken, &self.merchant, policy, self.seed))
    }

    fn park(&mut self, mut work: Box<Work>, time: Duration, now: Duration) {
        if self.phase == Phase::Draining {
            return self.rows.add(work.give_up(), now);
        }
        work.pass(time);
        self.parked.park(now.saturating_add(time), work);
    }

    /// Takes all exchanges that have ended.
    fn take_exchanges(&mut self, first: Option<Exchanged>) {
        let now = self.started.elapsed();
        let mut next = Some(first);
        while let Some(exchanged) = next {
            // If the task was lost, its row is in doubt on the disk.
            if let Some(exchanged) = exchanged {
                self.after_exchange(exchanged, now);
            }
            next = self.exchanges.try_next().map(Some);
        }
    }

    fn after_exchange(&mut self, mut exchanged: Exchanged, now: Duration) {
        let was_open = self.brakes.is_open();
        let verdict = self.brakes.learn(&exchanged, now);
        if self.brakes.is_open() && !was_open {
            self.give_back_what_waits(now);
        }
        match verdict {
            Decision::Stop(reason @ (StopReason::Unauthorized | StopReason::Forbidden)) => {
                self.end_with(RunEnd::Wrong(reason));
                self.drain(now);
                return self.after_denial(exchanged, reason, now);
            }
            // What is under way gets its time: a payment in doubt that is not found would stay so for good.
            Decision::Stop(reason) => self.finish(RunEnd::Wrong(reason), now),
            Decision::Pass | Decision::Hold => {}
        }
        let kind = exchanged.kind;
        exchanged.work.pass(exchanged.elapsed);
        if exchanged.is_not_sent() {
            return self.after_not_sent(exchanged.work, kind, now);
        }
        let Exchanged { mut work, mut result, .. } = exchanged;
        let was_asked_to_wait = result.retry_after.take().is_some();
        let is_nothing = kind == RequestKind::Query || work.is_without_effect(kind, &result);
        if was_asked_to_wait && is_nothing {
            work.postpone();
            return self.park(work, Duration::ZERO, now);
        }
        work.apply(result);
        self.go_on(work, now);
    }

    /// The credentials were not accepted: that is no outcome of the payment.
    fn after_denial(&mut self, exchanged: Exchanged, reason: StopReason, now: Duration) {
        let Exchanged { mut work, kind, result, .. } = exchanged;
        let rest = if work.is_without_effect(kind, &result) {
            work.give_back(reason.problem())
        } else {
            work.apply(result);
            work.give_up()
        };
        self.rows.add(rest, now);
    }

    fn after_not_sent(&mut self, mut work: Box<Work>, kind: RequestKind, now: Duration) {
        self.progress.requests = self.progress.requests.saturating_sub(1);
        work.skip(kind);
        if self.phase > Phase::Working || self.brakes.is_open() && !work.is_in_doubt() {
            return self.rows.add(work.give_up(), now);
        }
        self.park(work, AFTER_NOT_SENT, now);
    }

    fn go_on(&mut self, mut work: Box<Work>, now: Duration) {
        match work.step() {
            Step::Done(outcome) => self.conclude(*work, &outcome, now),
            Step::Wait(time) => self.park(work, time, now),
            Step::Send(kind) => {
                work.skip(kind);
                self.park(work, Duration::ZERO, now);
            }
        }
    }

    fn conclude(&mut self, work: Work, outcome: &Outcome, now: Duration) {
        if self.brakes.holds_not_found() && is_not_found(outcome) {
            self.not_found.push((work, outcome.clone()));
        } else {
            let rest = work.conclude(outcome, self.settings.stuck_after);
            self.rows.add(rest, now);
        }
    }

    /// Records what was held back, once it is known whether anything is found at all.
    fn settle_not_found(&mut self, now: Duration) {
        let is_known = !self.brakes.holds_not_found()
            || self.rows.is_exhausted()
                && self.rows.is_idle()
                && self.exchanges.under_way() == 0
                && self.due.is_empty()
                && self.parked.is_empty();
        let is_stopped = self.phase > Phase::Working;
        if self.not_found.is_empty() || !is_known && !is_stopped {
            return;
        }
        for (work, outcome) in std::mem::take(&mut self.not_found) {
            let rest = match is_known {
                true => work.conclude(&outcome, self.settings.stuck_after),
                false => work.give_back("404 payment_not_found"),
            };
            self.rows.add(rest, now);
        }
    }

    async fn after_write(&mut self, written: Result<Written, JournalError>) {
        let recorded = match written {
            Ok(Written::Recorded(recorded)) => recorded,
            Ok(Written::Claimed | Written::Released) => {
                if self.phase > Phase::Working {
                    self.rows.release_all();
                } else if self.brakes.is_open() {
                    self.rows.keep_one_waiting();
                }
                return;
            }
            Err(error) => return self.fail(error),
        };
        for recorded in recorded {
            match recorded {
                Ok(recorded) => {
                    self.progress.count(recorded.status());
                    self.observer.observe(RunEvent::Recorded(recorded)).await;
                }
                Err(error) => self.fail(error),
            }
        }
    }

    fn fail(&mut self, error: JournalError) {
        self.end_with(RunEnd::Journal(error));
        self.drain(self.started.elapsed());
    }

    fn after_stop(&mut self, stop: Stop) {
        let now = self.started.elapsed();
        match stop {
            Stop::NotYet => {}
            Stop::Gracefully => self.finish(RunEnd::Stopped, now),
            Stop::AtOnce => {
                self.end_with(RunEnd::Stopped);
                self.exchanges.abort();
                self.drain(now);
            }
        }
    }

    fn check_outage(&mut self, now: Duration) {
        if let (Some(limit), Some((lasted, cause))) = (self.settings.outage_limit, self.brakes.outage(now))
            && lasted >= limit
        {
            let cause = cause.to_owned();
            self.end_with(RunEnd::Unreachable { cause });
            self.drain(now);
        }
    }

    /// Nothing new is begun.
    fn finish(&mut self, end: RunEnd, now: Duration) {
        self.end_with(end);
        if self.phase == Phase::Working {
            self.phase = Phase::Finishing;
            self.rows.release_all();
            self.give_back_what_waits(now);
        }
    }

    /// Nothing more is sent.
    fn drain(&mut self, now: Duration) {
        self.phase = Phase::Draining;
        self.rows.release_all();
        for work in self.due.drain(..).chain(self.parked.extract(|_| true)) {
            self.rows.add(work.give_up(), now);
        }
    }

    /// Payments that are not in doubt wait in the journal, not here.
    fn give_back_what_waits(&mut self, now: Duration) {
        self.rows.release_waiting();
        let is_waiting = |work: &Work| !work.is_in_doubt();
        let (waiting, in_doubt): (VecDeque<_>, VecDeque<_>) = self.due.drain(..).partition(|work| is_waiting(work));
        self.due = in_doubt;
        for work in waiting.into_iter().chain(self.parked.extract(is_waiting)) {
            self.rows.add(work.give_up(), now);
        }
    }

    /// The first reason is the one that is told.
    fn end_with(&mut self, end: RunEnd) {
        self.end.get_or_insert(end);
    }

    async fn tell(&mut self) {
        let now = self.started.elapsed();
        self.progress.elapsed = now;
        self.progress.in_flight = self.exchanges.under_way();
        self.progress.between_requests = self.due.len() + self.parked.len();
        self.progress.pause = self.brakes.pause(now);
        self.rate.note(&mut self.progress);
        let progress = self.progress.clone();
        self.observer.observe(RunEvent::Progress(progress)).await;
    }
}

fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

fn is_not_found(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused(refused) => refused.problem.as_ref().is_some_and(|problem| problem.status == 404),
        _ => false,
    }
}
