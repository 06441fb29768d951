//! One payment under way.

use std::time::Duration;

use bambora_core::flow::{Connection, ExchangeResult, Observation, RequestKind, Step};
use bambora_core::{CancelFlow, CancelPolicy, Checkpoint, Merchant, Outcome};

use crate::journal::{Conclusion, Record, Taken};

/// A row with its flow.
///
/// The flow's time is the time of its exchanges and of its own waits: as long as the run is held back, it stands still.
#[derive(Debug)]
pub(super) struct Work {
    taken: Taken,
    flow: CancelFlow,
    time: Duration,
    attempts: u32,
    queries: u32,
    /// Whether a request may have had an effect that no response has told yet.
    in_doubt: bool,
}

/// What is left of a payment when its flow has ended, or is given up.
#[derive(Debug)]
pub(super) enum Rest {
    /// Nothing was sent for it since it was taken.
    Release(Taken),
    /// This is to be recorded.
    Record(Taken, Record),
}

impl Work {
    pub(super) fn begin(taken: Taken, merchant: &Merchant, policy: &CancelPolicy, seed: u64) -> Self {
        let policy = policy.clone();
        let flow = match taken.resume_from(merchant) {
            Some(checkpoint) => CancelFlow::resume(&checkpoint, policy, seed),
            None => CancelFlow::new(merchant.clone(), taken.reference().clone(), policy, seed),
        };
        Self { in_doubt: taken.is_in_doubt(), taken, flow, time: Duration::ZERO, attempts: 0, queries: 0 }
    }

    /// Takes the next step. A request that it returns counts as sent, unless it is [skipped](Self::skip).
    pub(super) fn step(&mut self) -> Step {
        let step = self.flow.step(self.time);
        match step {
            Step::Send(RequestKind::Cancel) => self.attempts += 1,
            Step::Send(RequestKind::Query) => self.queries += 1,
            Step::Wait(_) | Step::Done(_) => {}
        }
        step
    }

    /// The request was not sent: it comes again with the next step.
    pub(super) fn skip(&mut self, kind: RequestKind) {
        match kind {
            RequestKind::Cancel => self.attempts -= 1,
            RequestKind::Query => self.queries -= 1,
        }
        self.flow.on_skipped();
    }

    /// The server asked to come back later, and did nothing: the same request comes again.
    pub(super) fn postpone(&mut self) {
        self.flow.on_skipped();
    }

    pub(super) fn apply(&mut self, result: ExchangeResult) {
        self.in_doubt |= !matches!(result.observation, Observation::NotSent { .. });
        self.flow.apply(result);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.time = self.time.saturating_add(time);
    }

    pub(super) fn connection(&self) -> Connection {
        match self.flow.wants_fresh_connection() {
            true => Connection::Fresh,
            false => Connection::Reused,
        }
    }

    pub(super) fn taken(&self) -> &Taken {
        &self.taken
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Whether this result shows that the request had no effect, and no earlier one can have had any.
    pub(super) fn is_without_effect(&self, kind: RequestKind, result: &ExchangeResult) -> bool {
        kind == RequestKind::Cancel
            && !self.in_doubt
            && result.connection == Connection::Fresh
            && match &result.observation {
                Observation::Problem { problem, .. } => {
                    matches!(problem.status, 401 | 403 | 429)
                }
                Observation::Response { status, .. } => *status == 429,
                _ => false,
            }
    }

    /// Ends the flow without a further request.
    pub(super) fn give_up(mut self) -> Rest {
        if self.attempts + self.queries == 0 {
            return Rest::Release(self.taken);
        }
        let outcome = self.flow.stop();
        self.conclude(&outcome, u32::MAX)
    }

    /// The row waits again, although a request was sent: it had no effect, for this reason.
    pub(super) fn give_back(self, problem: &str) -> Rest {
        let record = Record {
            problem: Some(problem.to_owned()),
            attempts: self.attempts,
            queries: self.queries,
            ..Record::new(Conclusion::NotSent)
        };
        Rest::Record(self.taken, record)
    }

    /// A payment that is not known after so many runs is stuck.
    pub(super) fn conclude(self, outcome: &Outcome, stuck_after: u32) -> Rest {
        let mut record = Record { attempts: self.attempts, queries: self.queries, ..Record::from(outcome) };
        if let Conclusion::Unknown { stuck, .. } = &mut record.conclusion {
            *stuck = self.taken.runs() >= stuck_after;
        }
        Rest::Record(self.taken, record)
    }
}

impl Taken {
    /// Returns the checkpoint that a flow has to resume from. `None` if nothing was sent for the payment before.
    ///
    /// A row that is in doubt without a checkpoint was claimed by a run that ended before it could store one: one request
    /// may have been sent.
    #[must_use]
    pub fn resume_from(&self, merchant: &Merchant) -> Option<Checkpoint> {
        let stored = self.checkpoint().and_then(|text| text.parse().ok());
        let fits =
            |checkpoint: &Checkpoint| checkpoint.merchant() == merchant && checkpoint.reference() == self.reference();
        self.is_in_doubt().then(|| {
            stored.filter(fits).unwrap_or_else(|| Checkpoint::new(merchant.clone(), self.reference().clone(), 1))
        })
    }
}
