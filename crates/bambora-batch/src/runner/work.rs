//! One payment under way.

use std::time::Duration;

use bambora_core::Merchant;
use bambora_core::flow::{Connection, ExchangeResult, Observation, Step};

use super::flow::{Ended, Flow, Kind, Policies};
use crate::gate::StopReason;
use crate::journal::{Conclusion, Record, Taken};

/// A row with its flow.
///
/// The flow's time is the time of its exchanges and of its own waits: as long as the run is held back, it stands still.
#[derive(Debug)]
pub(super) struct Work {
    taken: Taken,
    flow: Flow,
    time: Duration,
    attempts: u32,
    queries: u32,
    /// How often the server asked to come back later.
    postponed: u32,
    /// Whether a request may have had an effect that no response has told yet.
    in_doubt: bool,
}

/// After so many times, it is one payment that the server does not want to hear of, and not all of them.
const MOST_POSTPONED: u32 = 100;

/// What is left of a payment when its flow has ended, or is given up.
#[derive(Debug)]
pub(super) enum Rest {
    /// Nothing that changes it was sent since it was taken: it can be taken again.
    Release(Taken),
    /// This is to be recorded.
    Record(Taken, Record),
}

impl Work {
    pub(super) fn begin(taken: Taken, merchant: &Merchant, policies: &Policies, seed: u64) -> Self {
        let flow = Flow::begin(&taken, merchant, policies, seed);
        Self { in_doubt: taken.is_in_doubt(), taken, flow, time: Duration::ZERO, attempts: 0, queries: 0, postponed: 0 }
    }

    /// Takes the next step. A request that it returns counts as sent, unless it is [skipped](Self::skip); a wait as over.
    pub(super) fn step(&mut self) -> Step<Kind, Ended> {
        let step = self.flow.step(self.time);
        match step {
            Step::Send(Kind::Change) => self.attempts += 1,
            Step::Send(Kind::Query) => self.queries += 1,
            Step::Wait(time) => self.pass(time),
            Step::Done(_) => {}
        }
        step
    }

    /// The request was not sent: it comes again with the next step.
    pub(super) fn skip(&mut self, kind: Kind) {
        match kind {
            Kind::Change => self.attempts -= 1,
            Kind::Query => self.queries -= 1,
        }
        self.flow.skip();
    }

    /// The server asked to come back later, and did nothing: the same request comes again. `false` if that was too often.
    pub(super) fn postpone(&mut self) -> bool {
        let may_come_again = self.postponed < MOST_POSTPONED;
        if may_come_again {
            self.postponed += 1;
            self.flow.skip();
        }
        may_come_again
    }

    pub(super) fn apply(&mut self, kind: Kind, result: ExchangeResult) {
        self.in_doubt |= kind == Kind::Change && !matches!(result.observation, Observation::NotSent { .. });
        self.flow.apply(result);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.time = self.time.saturating_add(time);
    }

    pub(super) fn flow(&self) -> &Flow {
        &self.flow
    }

    pub(super) fn taken(&self) -> &Taken {
        &self.taken
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Whether the change was turned away, and may be asked for again as it was. A capture or refund is queried before that.
    pub(super) fn is_turned_away(&self, result: &ExchangeResult) -> bool {
        matches!(self.flow, Flow::Cancel(_)) && !self.in_doubt && is_throttled(result)
    }

    /// Ends the flow without a further request. The run does not count for a payment in doubt.
    pub(super) fn give_up(mut self) -> Rest {
        if self.attempts + self.queries == 0 {
            return Rest::Release(self.taken);
        }
        let mut record = self.flow.stop();
        match record.conclusion {
            // A capture that was only queried.
            Conclusion::NotSent if !self.in_doubt => return Rest::Release(self.taken),
            Conclusion::Unknown { checkpoint, .. } => record.conclusion = Conclusion::Interrupted { checkpoint },
            _ => {}
        }
        self.record(record)
    }

    /// Ends the flow by a response that decides nothing about the payment.
    pub(super) fn deny(mut self, reason: StopReason) -> Rest {
        let mut record = self.flow.stop();
        record.undecided(reason);
        self.record(record)
    }

    /// The row waits again, although a request was sent: it had no effect, for this reason.
    pub(super) fn give_back(self, problem: &str) -> Rest {
        let record = Record { problem: Some(problem.to_owned()), ..Record::new(Conclusion::NotSent) };
        self.record(record)
    }

    /// A payment that is not known after so many runs is stuck.
    pub(super) fn conclude(self, mut record: Record, stuck_after: u32) -> Rest {
        match &mut record.conclusion {
            Conclusion::Unknown { stuck, .. } => *stuck = self.taken.runs() >= stuck_after,
            // The flow knows nothing of requests that were postponed.
            Conclusion::NotSent if self.attempts > 0 => {
                (record.problem, record.message) = (Some("turned away".to_owned()), None);
            }
            _ => {}
        }
        self.record(record)
    }

    fn record(self, record: Record) -> Rest {
        Rest::Record(self.taken, Record { attempts: self.attempts, queries: self.queries, ..record })
    }
}

fn is_throttled(result: &ExchangeResult) -> bool {
    result.connection == Connection::Fresh
        && match &result.observation {
            Observation::Problem { problem, .. } => problem.status == 429,
            Observation::Response { status, .. } => *status == 429,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use bambora_core::flow::RequestKind;
    use bambora_core::{BaseUrl, MerchantNumber};
    use http::Response;

    use super::*;
    use crate::journal::Journal;

    #[test]
    fn a_request_is_postponed_a_hundred_times_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap());
        let journal = Journal::open(folder.path().join("journal"), &merchant).unwrap();
        journal.add(vec!["ORDER-1".parse().unwrap()]).wait().unwrap();
        let run = journal.begin_run().wait().unwrap();
        let taken = journal.claim(run, 1).wait().unwrap().remove(0);
        let mut work = Work::begin(taken, &merchant, &Policies::default(), 1);
        let is_sent_again = |_: &u32| matches!(work.step(), Step::Send(Kind::Change)) && work.postpone();
        assert_eq!((0..200).take_while(is_sent_again).count(), 100);
    }

    #[test]
    fn only_a_429_on_a_fresh_connection_says_that_nothing_was_done() {
        let problem = |status: u16| {
            format!(r#"{{"type":"https://api.bambora.com/definitions/payments/some_problem","status":{status}}}"#)
        };
        for (status, body, expected) in [
            (429, problem(429), true),
            (409, problem(409), false),
            (500, problem(500), false),
            (429, "<html>".to_owned(), true),
            (503, "<html>".to_owned(), false),
            (200, "<html>".to_owned(), false),
        ] {
            let response =
                Response::builder().status(status).header("retry-after", "1").body(body.into_bytes()).unwrap();
            let judge = |connection| RequestKind::Cancel.judge(&"ORDER-1".parse().unwrap(), &response, connection);
            assert_eq!(is_throttled(&judge(Connection::Fresh)), expected, "{status}");
            assert!(!is_throttled(&judge(Connection::Reused)), "{status}");
        }
    }
}
