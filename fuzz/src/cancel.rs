//! Cancels against the model server of core's exploration: longer schedules than that can walk through, with time, and with drivers
//! that skip, abandon, stop and crash at any moment.

#[path = "../../crates/bambora-core/tests/it/flow/flow_under_test.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod flow_under_test;
#[path = "../../crates/bambora-core/tests/it/flow/model_server.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod model_server;
#[path = "../../crates/bambora-core/tests/it/flow/responses.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod responses;

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, RequestKind, Step};
use bambora_core::{CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentState, TransportError};

use crate::schedule::{Schedule, with_retry_after};
use flow_under_test::{Feed, merchant};
use model_server::{Effect, Fate, Reply, Server, Standing, Who};
use responses::REFERENCE;

/// How many requests may be on their way at once, without anybody waiting for them.
const LATE: u8 = 2;
const WORKERS: usize = 3;

/// Runs a schedule to its end.
pub fn run(schedule: &mut Schedule<'_>) {
    let standing = schedule.choose(&Standing::ALL);
    let events = schedule.up_to(3);
    let (further_cancels, queries) = (schedule.up_to(3), 1 + schedule.up_to(5));
    let mut world = World {
        server: Server::new(standing, events as u8),
        policy: schedule.policy(further_cancels, queries),
        budgets: (further_cancels + 1, queries),
        workers: Vec::new(),
        stored: Vec::new(),
        is_claimed_canceled: false,
        resumes: 0,
        schedule,
    };
    let flow = CancelFlow::new(merchant(), REFERENCE.parse().unwrap(), world.policy.clone(), 0);
    assert!(flow.checkpoint().is_none(), "a checkpoint before the first request");
    world.workers.push(Worker {
        flow,
        who: Who::Original,
        awaiting: None,
        is_unresolved: false,
        cancels: 0,
        queries: 0,
    });
    world.run();
}

/// A process with a flow.
struct Worker {
    flow: CancelFlow,
    who: Who,
    awaiting: Option<RequestKind>,
    /// Whether a cancel request is out whose effect no query has asked after.
    is_unresolved: bool,
    /// Cancel requests, including those that the checkpoint counted.
    cancels: u32,
    queries: u32,
}

struct World<'s, 'a> {
    schedule: &'s mut Schedule<'a>,
    server: Server,
    policy: CancelPolicy,
    /// The most cancel requests and queries.
    budgets: (u32, u32),
    workers: Vec<Worker>,
    /// Every checkpoint that was ever handed out.
    stored: Vec<String>,
    is_claimed_canceled: bool,
    resumes: u32,
}

impl World<'_, '_> {
    fn run(&mut self) {
        while !self.schedule.is_over() {
            let number = self.schedule.up_to(self.workers.len().saturating_sub(1) as u32) as usize;
            match self.schedule.up_to(11) {
                0 => self.happen(),
                1 => self.resume(),
                2 if number < self.workers.len() => drop(self.workers.swap_remove(number)),
                3 if number < self.workers.len() => self.skip(number),
                4 if number < self.workers.len() => {
                    let mut worker = self.workers.swap_remove(number);
                    let outcome = worker.flow.stop();
                    self.end(worker, &outcome);
                }
                _ if number < self.workers.len() => self.advance(number),
                _ => self.resume(),
            }
        }
        // Each flow ends, and however its driver stops.
        while !self.workers.is_empty() {
            self.advance(0);
        }
    }

    fn happen(&mut self) {
        let events = self.server.events();
        if !events.is_empty() {
            self.server.happen(self.schedule.choose(&events));
        }
    }

    /// Any stored checkpoint is taken up, beside the processes that live.
    fn resume(&mut self) {
        if self.stored.is_empty() || self.workers.len() == WORKERS || self.resumes == 6 {
            return;
        }
        self.resumes += 1;
        let number = self.schedule.up_to(self.stored.len() as u32 - 1) as usize;
        let checkpoint: Checkpoint = self.stored[number].parse().expect("a stored checkpoint cannot be read");
        let flow = CancelFlow::resume(&checkpoint, self.policy.clone(), 1);
        let cancels = checkpoint.cancels();
        self.workers.push(Worker { flow, who: Who::Resumed, awaiting: None, is_unresolved: true, cancels, queries: 0 });
    }

    /// The driver decides not to send the request that it was handed.
    fn skip(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        // A request without a response was sent, even if the flow was not told yet.
        match worker.awaiting.take() {
            Some(RequestKind::Cancel) => worker.cancels -= 1,
            Some(RequestKind::Query) => worker.queries -= 1,
            None => return,
        }
        worker.flow.on_skipped();
    }

    fn advance(&mut self, number: usize) {
        match self.workers[number].awaiting.take() {
            Some(kind) => self.exchange(number, kind),
            None => self.step(number),
        }
    }

    fn step(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        match worker.flow.step(self.schedule.now) {
            Step::Wait(duration) => self.schedule.wait(duration),
            Step::Send(kind) => self.hand_out(number, kind),
            Step::Done(outcome) => {
                let worker = self.workers.swap_remove(number);
                self.end(worker, &outcome);
            }
        }
    }

    fn hand_out(&mut self, number: usize, kind: RequestKind) {
        let worker = &mut self.workers[number];
        worker.awaiting = Some(kind);
        match kind {
            RequestKind::Cancel => {
                assert!(!worker.is_unresolved, "a second cancel request while one is unresolved");
                worker.cancels += 1;
                assert!(worker.cancels <= self.budgets.0, "more cancel requests than the budget");
            }
            RequestKind::Query => {
                worker.queries += 1;
                assert!(worker.queries <= self.budgets.1, "more queries than the budget");
            }
        }
        let checkpoint = worker.flow.checkpoint().expect("a request is handed out, and there is no checkpoint");
        assert_eq!(checkpoint.cancels(), worker.cancels);
        self.stored.push(checkpoint.to_string());
    }

    /// Something happens to the request that a worker awaits the result of.
    fn exchange(&mut self, number: usize, kind: RequestKind) {
        let worker = &mut self.workers[number];
        let may_be_reused = !worker.flow.wants_fresh_connection();
        let fates = match kind {
            RequestKind::Cancel => self.server.cancel_fates(may_be_reused, LATE),
            RequestKind::Query => self.server.query_fates(may_be_reused),
        };
        let fate = self.schedule.choose(&fates);
        let shown = match kind {
            RequestKind::Cancel => {
                worker.is_unresolved = fate.leaves_unresolved();
                self.server.cancel(worker.who, fate)
            }
            RequestKind::Query => {
                worker.is_unresolved &= fate.reply != Reply::Truth || self.server.is_in_progress();
                self.server.query(worker.who, fate)
            }
        };
        match shown.feed() {
            Feed::Response(response, connection) => {
                worker.flow.on_response(&with_retry_after(response, self.schedule), connection);
            }
            Feed::NotSent => worker.flow.on_failure(&TransportError::not_sent("refused")),
            // Or the driver never tells, and steps on.
            Feed::NoResponse if self.schedule.up_to(1) == 0 => {}
            Feed::NoResponse => worker.flow.on_failure(&TransportError::unknown("reset")),
        }
    }

    fn end(&mut self, mut worker: Worker, outcome: &Outcome) {
        assert_eq!(worker.flow.stop(), *outcome, "an outcome changes");
        assert_eq!(outcome.reference().as_str(), REFERENCE);
        let has_checkpoint = worker.flow.checkpoint().is_some();
        assert_eq!(has_checkpoint, matches!(outcome, Outcome::Unknown(_)), "{outcome}");
        self.judge(&worker, outcome);
        self.is_claimed_canceled |= matches!(outcome, Outcome::Canceled(_));
    }

    /// Checks a claim against what is true.
    ///
    /// The flow that was started answers for its own requests: it cannot know that its checkpoint was taken up meanwhile. A resumed
    /// flow answers for the requests of all.
    fn judge(&self, worker: &Worker, outcome: &Outcome) {
        let server = &self.server;
        let is_resumed = worker.who == Who::Resumed;
        let whose: &[Who] = if is_resumed { &[Who::Original, Who::Resumed] } else { &[Who::Original] };
        let may_yet_be_released = whose.iter().any(|who| server.may_yet_be_released_by(*who));
        match outcome {
            Outcome::Canceled(canceled) => {
                assert!(server.is_canceled(), "{canceled}, and it is not: {server:?}");
                let is_own = server.released_by.is_some_and(|who| whose.contains(&who));
                if canceled.confirmation == Confirmation::Already {
                    assert!(!is_own && !is_resumed, "{canceled}, and it was its own request: {server:?}");
                }
            }
            Outcome::Refused(refused) => {
                assert!(!may_yet_be_released, "{refused}, and its request canceled it or still may: {server:?}");
                let is_by_state = refused.payment.as_ref().is_some_and(|payment| {
                    !matches!(payment.state, PaymentState::Authorized | PaymentState::None | PaymentState::Other(_))
                });
                assert!(is_by_state || !is_resumed, "{refused} on a problem alone, though it was resumed");
                assert!(!is_by_state || server.standing != Standing::Canceled, "{refused}, and it is canceled");
                assert!(!is_resumed || !self.is_claimed_canceled, "{refused}, and another claimed canceled before");
            }
            Outcome::NotSent(not_sent) => {
                assert!(!is_resumed, "{not_sent}, though it was resumed");
                assert!(!server.received, "{not_sent}, and a request arrived");
            }
            Outcome::Unknown(unknown) => self.resolve(&unknown.checkpoint),
        }
    }

    /// Once the server has recovered, whatever was unknown can be told, and truly.
    fn resolve(&self, checkpoint: &Checkpoint) {
        let policy =
            CancelPolicy::builder().further_cancels(checkpoint.cancels() + 4).waits(Duration::ZERO, Duration::ZERO);
        let mut flow = CancelFlow::resume(checkpoint, policy.build().unwrap(), 2);
        let mut server = self.server;
        let truth = |effect| Fate { effect, reply: Reply::Truth, connection: Connection::Fresh };
        let outcome = loop {
            let shown = match flow.step(Duration::ZERO) {
                Step::Send(RequestKind::Cancel) => server.cancel(Who::Resumed, truth(Effect::Apply)),
                Step::Send(RequestKind::Query) => server.query(Who::Resumed, truth(Effect::Skip)),
                Step::Wait(duration) => panic!("a wait of {duration:?} where all waits are nothing"),
                Step::Done(outcome) => break outcome,
            };
            match shown.feed() {
                Feed::Response(response, connection) => flow.on_response(&response, connection),
                feed => panic!("the truth is {feed:?}"),
            }
        };
        let may_yet_be_released = [Who::Original, Who::Resumed].iter().any(|who| server.may_yet_be_released_by(*who));
        let is_true = match &outcome {
            Outcome::Canceled(_) => server.is_canceled(),
            // A cancel in the back office does not show in the API: what is refused is the flows' own requests.
            Outcome::Refused(_) => server.standing != Standing::Canceled && !may_yet_be_released,
            Outcome::Unknown(_) => !server.standing.is_decisive(),
            Outcome::NotSent(_) => false,
        };
        assert!(is_true, "resumed to \"{outcome}\", with {server:?}");
    }
}
