//! When the next request of a flow is due: the part that every flow shares.

use std::time::Duration;

use super::backoff::Backoff;
use super::policy::CancelPolicy;
use super::step::Step;

/// A request of a flow: the query, or the one that changes the payment.
pub(crate) trait Kind: Copy + PartialEq {
    const QUERY: Self;
}

/// Keeps the time and the budgets of a flow with requests of kind `K` and outcomes `O`, and the request that is due or awaited.
#[derive(Clone, Debug)]
pub(crate) struct Schedule<K, O> {
    policy: CancelPolicy,
    backoff: Backoff,
    started: Option<Duration>,
    now: Duration,
    /// The requests that were handed out.
    changes: u32,
    queries: u32,
    state: State<K, O>,
}

#[derive(Clone, Debug)]
enum State<K, O> {
    /// A request is due after a pause, which begins with the next step.
    Due {
        kind: K,
        pause: Duration,
        /// The end of the pause.
        at: Option<Duration>,
    },
    /// A request was handed out, and its result was not told yet.
    Awaiting(K),
    Done(Box<O>),
}

impl<K: Kind, O: Clone> Schedule<K, O> {
    /// `changes` requests that change the payment were handed out before.
    pub(crate) fn new(policy: CancelPolicy, seed: u64, first: K, changes: u32) -> Self {
        Self {
            backoff: Backoff::new(policy.first_wait, policy.longest_wait, seed),
            policy,
            started: None,
            now: Duration::ZERO,
            changes,
            queries: 0,
            state: State::Due { kind: first, pause: Duration::ZERO, at: None },
        }
    }

    /// Moves on to the time `now`. A request that is sent awaits its result from then on. `None` if the total time would be up
    /// before the next request, or if a result is awaited.
    pub(crate) fn step(&mut self, now: Duration) -> Option<Step<K, O>> {
        self.now = now;
        let started = *self.started.get_or_insert(now);
        let (kind, pause) = match &mut self.state {
            State::Awaiting(_) => return None,
            State::Done(outcome) => return Some(Step::Done(outcome.as_ref().clone())),
            State::Due { kind, pause, at } => {
                let at = *at.get_or_insert(now.saturating_add(*pause));
                (*kind, at.saturating_sub(now))
            }
        };
        let left = self.policy.deadline.saturating_sub(now.saturating_sub(started));
        if pause >= left {
            return None;
        }
        if pause.is_zero() {
            self.state = State::Awaiting(kind);
            *self.count(kind) = self.count(kind).saturating_add(1);
            return Some(Step::Send(kind));
        }
        Some(Step::Wait(pause))
    }

    fn count(&mut self, kind: K) -> &mut u32 {
        if kind == K::QUERY { &mut self.queries } else { &mut self.changes }
    }

    pub(crate) fn changes(&self) -> u32 {
        self.changes
    }

    pub(crate) fn queries(&self) -> u32 {
        self.queries
    }

    /// Returns `true` if the budget allows another request.
    pub(crate) fn allows(&self, kind: K) -> bool {
        if kind == K::QUERY { self.queries < self.policy.queries } else { self.changes <= self.policy.further_cancels }
    }

    /// Takes back the request that was handed out last, if its result is awaited: it is due again.
    pub(crate) fn take_back(&mut self) {
        if let Some(kind) = self.awaiting() {
            *self.count(kind) = self.count(kind).saturating_sub(1);
            self.after(kind, Duration::ZERO);
        }
    }

    /// The time of the last step.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// The request whose result is awaited.
    pub(crate) fn awaiting(&self) -> Option<K> {
        match &self.state {
            State::Awaiting(kind) => Some(*kind),
            State::Due { .. } | State::Done(_) => None,
        }
    }

    pub(crate) fn outcome(&self) -> Option<&O> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            State::Due { .. } | State::Awaiting(_) => None,
        }
    }

    /// Makes a request due after the next wait of the backoff, and after `at_least` if that is longer.
    pub(crate) fn after_a_wait(&mut self, kind: K, at_least: Duration) {
        let pause = self.backoff.next().max(at_least);
        self.after(kind, pause);
    }

    pub(crate) fn after(&mut self, kind: K, pause: Duration) {
        self.state = State::Due { kind, pause, at: None };
    }

    pub(crate) fn finish(&mut self, outcome: O) {
        self.state = State::Done(Box::new(outcome));
    }
}
