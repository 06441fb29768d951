//! Captures and refunds against the model server of core's exploration: longer schedules than that can walk through, with time, and
//! with drivers that skip, abandon, stop and crash at any moment.

#[path = "../../crates/bambora-core/tests/posting/flow_under_test.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod flow_under_test;
#[path = "../../crates/bambora-core/tests/posting/model_server.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod model_server;
#[path = "../../crates/bambora-core/tests/posting/responses.rs"]
#[allow(dead_code, clippy::all, reason = "the exploration uses more of it")]
mod responses;

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, Step};
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingKind, PostingOutcome, PostingPolicy, PostingRequestKind, RefusedBy,
};
use bambora_core::{CancelPolicy, TransportError};

use crate::schedule::{Schedule, with_retry_after};
use flow_under_test::Feed;
use model_server::{Effect, Fate, Reply, Server, Success};
use responses::{KINDS, merchant, order};

/// How many requests may be on their way at once, without anybody waiting for them.
const LATE: u8 = 2;
const WORKERS: usize = 3;

/// Runs a schedule to its end.
pub fn run(schedule: &mut Schedule<'_>) {
    let kind = schedule.choose(&KINDS);
    let events = schedule.up_to(3);
    let beginnings = Server::beginnings(kind, events as u8);
    let (further_posts, queries) = (schedule.up_to(3), 1 + schedule.up_to(5));
    let mut world = World {
        kind,
        server: schedule.choose(&beginnings),
        policy: PostingPolicy::new(schedule.policy(further_posts, queries)),
        budgets: (further_posts + 1, queries),
        workers: Vec::new(),
        stored: Vec::new(),
        has_reused_connections: schedule.up_to(1) == 1,
        may_begin: true,
        in_doubt: false,
        posts: 0,
        resumes: 0,
        begins: 0,
        schedule,
    };
    world.begin();
    world.run();
}

/// A process with a flow.
struct Worker {
    flow: PostingFlow,
    is_resumed: bool,
    awaiting: Option<PostingRequestKind>,
    /// Whether it was shown the payment.
    has_queried: bool,
    /// Whether it was shown that the key is used for another amount.
    has_seen_used_key: bool,
    queries: u32,
}

struct World<'s, 'a> {
    schedule: &'s mut Schedule<'a>,
    kind: PostingKind,
    server: Server,
    policy: PostingPolicy,
    /// The most posting requests and queries.
    budgets: (u32, u32),
    workers: Vec<Worker>,
    /// Every checkpoint that was ever handed out.
    stored: Vec<String>,
    /// Whether every connection may be a reused one, whatever the flow wants.
    has_reused_connections: bool,
    /// Whether the flow that was begun last has ended and knows its outcome.
    may_begin: bool,
    /// Whether a posting request of the flow that was begun last may have taken effect without its knowledge.
    in_doubt: bool,
    /// Posting requests of the flow that was begun last.
    posts: u32,
    resumes: u32,
    begins: u32,
}

impl World<'_, '_> {
    fn run(&mut self) {
        while !self.schedule.is_over() {
            let number = self.schedule.up_to(self.workers.len().saturating_sub(1) as u32) as usize;
            match self.schedule.up_to(12) {
                0 => self.happen(),
                1 => self.resume(),
                2 => self.begin_anew(),
                3 if number < self.workers.len() => self.crash(number),
                4 if number < self.workers.len() => self.skip(number),
                5 if number < self.workers.len() => {
                    let mut worker = self.workers.swap_remove(number);
                    let outcome = worker.flow.stop();
                    self.end(worker, &outcome);
                }
                _ if number < self.workers.len() => self.advance(number),
                _ => self.resume(),
            }
            self.check();
        }
        // Each flow ends, and however its driver stops.
        while !self.workers.is_empty() {
            self.advance(0);
            self.check();
        }
    }

    /// The one rule that the flows are for.
    fn check(&self) {
        let effects = self.server.effects + u8::from(self.server.already);
        assert!(effects <= 1, "posted {effects} times: {:?}", self.server);
    }

    fn happen(&mut self) {
        let events = self.server.events();
        if !events.is_empty() {
            self.server.happen(self.schedule.choose(&events));
        }
    }

    fn begin(&mut self) {
        let flow = PostingFlow::new(merchant(), order(self.kind), self.policy.clone(), 0);
        assert!(flow.checkpoint().is_none(), "a checkpoint before the first request");
        (self.may_begin, self.in_doubt, self.posts) = (false, false, 0);
        self.workers.push(Worker::new(flow, false));
    }

    /// The same order is begun anew. A server that does not return comments is outside of what can be promised then.
    fn begin_anew(&mut self) {
        if self.may_begin && self.begins < 3 && self.workers.len() < WORKERS && !self.server.hides_comments {
            self.begins += 1;
            self.server.begin_anew();
            self.begin();
        }
    }

    /// Any stored checkpoint is taken up, beside the processes that live.
    fn resume(&mut self) {
        if self.stored.is_empty() || self.workers.len() == WORKERS || self.resumes == 6 {
            return;
        }
        self.resumes += 1;
        let number = self.schedule.up_to(self.stored.len() as u32 - 1) as usize;
        let checkpoint: PostingCheckpoint = self.stored[number].parse().expect("a stored checkpoint cannot be read");
        let flow = PostingFlow::resume(&checkpoint, self.policy.clone(), 1);
        self.workers.push(Worker::new(flow, true));
    }

    /// A process that has posted nothing leaves nothing, so the order may be begun anew.
    fn crash(&mut self, number: usize) {
        let worker = self.workers.swap_remove(number);
        self.may_begin |= !worker.is_resumed && self.posts == 0;
    }

    /// The driver decides not to send the request that it was handed.
    fn skip(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        // A request without a response was sent, even if the flow was not told yet.
        match worker.awaiting.take() {
            Some(PostingRequestKind::Post) => self.posts -= 1,
            Some(PostingRequestKind::Query) => worker.queries -= 1,
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
        match self.workers[number].flow.step(self.schedule.now) {
            Step::Wait(duration) => self.schedule.wait(duration),
            Step::Send(kind) => self.hand_out(number, kind),
            Step::Done(outcome) => {
                let worker = self.workers.swap_remove(number);
                self.end(worker, &outcome);
            }
        }
    }

    fn hand_out(&mut self, number: usize, kind: PostingRequestKind) {
        let worker = &mut self.workers[number];
        worker.awaiting = Some(kind);
        match kind {
            PostingRequestKind::Post => {
                self.posts += 1;
                assert!(worker.has_queried, "posts before a query");
                assert!(!worker.has_seen_used_key, "posts with a used key");
                assert!(!worker.is_resumed && !self.in_doubt, "posts in doubt");
                assert!(self.posts <= self.budgets.0, "more postings than the budget");
                assert!(worker.flow.checkpoint().is_some(), "a posting is handed out, and there is no checkpoint");
            }
            PostingRequestKind::Query => {
                worker.queries += 1;
                assert!(worker.queries <= self.budgets.1, "more queries than the budget");
            }
        }
        self.stored.extend(worker.flow.checkpoint().map(|checkpoint| checkpoint.to_string()));
    }

    /// Something happens to the request that a worker awaits the result of.
    fn exchange(&mut self, number: usize, kind: PostingRequestKind) {
        let worker = &mut self.workers[number];
        let is_owed_another = !worker.flow.wants_fresh_connection();
        let is_reused = self.has_reused_connections || is_owed_another;
        let may_be_stale = worker.is_resumed || self.posts > 0 || is_owed_another;
        let fates = match kind {
            PostingRequestKind::Post => self.server.post_fates(is_reused, LATE),
            PostingRequestKind::Query => self.server.query_fates(is_reused, may_be_stale),
        };
        let fate = self.schedule.choose(&fates);
        let is_truth = fate.reply == Reply::Truth;
        let (shown, success) = match kind {
            PostingRequestKind::Post => {
                let effects = self.server.effects;
                let shown = self.server.post(fate);
                let is_hidden = self.server.hides_comments && is_truth && self.server.effects > effects;
                self.in_doubt |= fate.leaves_unresolved() || is_hidden;
                (shown, Success::Post)
            }
            PostingRequestKind::Query => {
                worker.has_queried |= is_truth || fate.reply == Reply::Stale;
                worker.has_seen_used_key |= is_truth && self.server.other_amount;
                (self.server.query(fate), Success::Query)
            }
        };
        match shown.feed(self.kind, success) {
            Feed::Response(response, connection) => {
                worker.flow.on_response(&with_retry_after(response, self.schedule), connection);
            }
            Feed::NotSent => worker.flow.on_failure(&TransportError::not_sent("refused")),
            // Or the driver never tells, and steps on.
            Feed::NoResponse if self.schedule.up_to(1) == 0 => {}
            Feed::NoResponse => worker.flow.on_failure(&TransportError::unknown("reset")),
        }
    }

    fn end(&mut self, mut worker: Worker, outcome: &PostingOutcome) {
        assert_eq!(worker.flow.stop(), *outcome, "an outcome changes");
        assert_eq!(*outcome.order(), order(self.kind));
        let is_unknown = matches!(outcome, PostingOutcome::Unknown(_));
        assert_eq!(worker.flow.checkpoint().is_some(), is_unknown, "{outcome}");
        self.judge(&worker, outcome);
        self.may_begin |= !worker.is_resumed && !is_unknown;
    }

    /// Checks a claim against what is true.
    fn judge(&self, worker: &Worker, outcome: &PostingOutcome) {
        let (server, is_resumed) = (&self.server, worker.is_resumed);
        match outcome {
            PostingOutcome::Posted(posted) => {
                assert!(server.has_posting(), "{posted}, and it is not: {server:?}");
                match posted.confirmation {
                    Confirmation::Already => {
                        assert!(server.effects == 0, "{posted}, and it was its own request: {server:?}");
                        assert!(!is_resumed, "{posted}, though it was resumed in doubt");
                    }
                    Confirmation::Response => {
                        assert!(server.effects > 0, "{posted}, and it was another's request: {server:?}");
                    }
                    _ => {}
                }
            }
            PostingOutcome::Refused(refused) => {
                assert!(!server.is_or_may_be_posted(), "{refused}, and its request posted or still may: {server:?}");
                assert!(!is_resumed || !server.has_posting(), "{refused}, and an earlier flow posted: {server:?}");
                match &*refused.by {
                    RefusedBy::State { .. } => assert!(server.is_impossible(), "{refused}: {server:?}"),
                    RefusedBy::KeyUsed { .. } => assert!(server.other_amount && !is_resumed, "{refused}: {server:?}"),
                    _ => assert!(!is_resumed, "{refused}, though it was resumed"),
                }
            }
            PostingOutcome::NotSent(not_sent) => {
                assert!(!is_resumed, "{not_sent}, though it was resumed");
                assert!(!server.is_or_may_be_posted(), "{not_sent}, and its request posted or still may: {server:?}");
            }
            PostingOutcome::Unknown(unknown) => self.resolve(&unknown.checkpoint),
        }
    }

    /// Once the server has recovered, a posting that is there is found, and nothing is posted.
    fn resolve(&self, checkpoint: &PostingCheckpoint) {
        let budgets = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
        let mut flow = PostingFlow::resume(checkpoint, PostingPolicy::new(budgets), 2);
        let mut server = self.server;
        let truth = Fate { effect: Effect::Skip, reply: Reply::Truth, connection: Connection::Fresh };
        let outcome = loop {
            match flow.step(Duration::ZERO) {
                Step::Send(PostingRequestKind::Query) => {}
                Step::Send(PostingRequestKind::Post) => panic!("a resumed flow posts"),
                Step::Wait(duration) => panic!("a wait of {duration:?} where all waits are nothing"),
                Step::Done(outcome) => break outcome,
            }
            match server.query(truth).feed(self.kind, Success::Query) {
                Feed::Response(response, connection) => flow.on_response(&response, connection),
                feed => panic!("the truth is {feed:?}"),
            }
        };
        let is_there = server.has_posting() && !server.hides_comments;
        let is_true = match &outcome {
            PostingOutcome::Posted(_) => is_there,
            PostingOutcome::Refused(_) => !server.has_posting(),
            PostingOutcome::Unknown(_) => !is_there,
            PostingOutcome::NotSent(_) => false,
        };
        assert!(is_true, "resumed to \"{outcome}\", with {server:?}");
    }
}

impl Worker {
    fn new(flow: PostingFlow, is_resumed: bool) -> Self {
        Self { flow, is_resumed, awaiting: None, has_queried: false, has_seen_used_key: false, queries: 0 }
    }
}
