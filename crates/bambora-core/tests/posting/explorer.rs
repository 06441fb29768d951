//! Walks through every schedule of faults, breadth first, each state once, and checks what the flows claim at every end.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection};
use bambora_core::posting::{PostingOutcome, PostingRequestKind};

use super::flow_graph::{Claim, FlowGraph, NodeId, Settled, TextId};
use super::flow_under_test::{FlowUnderTest, Next, Terms};
use super::model_server::{Effect, Fate, Reply, Server, Success};

/// What may happen in one schedule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) terms: Terms,
    /// How many things others may do to the payment.
    pub(crate) events: u8,
    /// How often a checkpoint is resumed, by a new process or in the place of one that crashes.
    pub(crate) resumes: u8,
    /// How often the same order is begun anew, after the flow before has ended or crashed before it posted.
    pub(crate) begins: u8,
    /// How many processes work at once.
    pub(crate) at_once: usize,
    /// How many requests may be on their way at once, without anybody waiting for them.
    pub(crate) late: u8,
    /// Whether every connection may be a reused one, whatever the flow wants.
    pub(crate) is_reused: bool,
    /// Whether every checkpoint can be resumed, or the newest only.
    pub(crate) is_stale: bool,
    /// How many periods of more than an hour may pass.
    pub(crate) periods: u8,
}

/// How much was explored.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) states: usize,
    transitions: usize,
    resumes: usize,
    begins: usize,
    together: usize,
    pub(crate) most_effects: u8,
    ends: BTreeMap<String, usize>,
}

impl Tally {
    pub(crate) fn ends_as(&self, outcome: &str) -> usize {
        self.ends.get(outcome).copied().unwrap_or(0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, resumes, begins, together, most_effects, ends } = self;
        write!(
            f,
            "explored {states} states by {transitions} transitions, {resumes} resumes and {begins} new beginnings; two \
             processes at once in {together} states; at most {most_effects} postings; ends: {ends:?}"
        )
    }
}

/// A process with a flow that awaits the result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Worker {
    is_resumed: bool,
    node: NodeId,
    /// Whether it was shown the payment.
    has_queried: bool,
    /// Whether it was shown that the key is used for another amount.
    has_seen_used_key: bool,
    queries: u8,
}

impl Worker {
    fn new(is_resumed: bool) -> Self {
        Self { is_resumed, node: 0, has_queried: false, has_seen_used_key: false, queries: 0 }
    }
}

/// A moment of a schedule: every living flow awaits the result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Moment {
    server: Server,
    workers: [Option<Worker>; 2],
    /// Every checkpoint that was ever handed out, as a set of their numbers: a process can take up any of them at any time.
    checkpoints: u64,
    newest: Option<TextId>,
    /// Whether the flow that was begun last has ended and knows its outcome.
    may_begin: bool,
    /// The period in which the last posting request was handed out that may have taken effect.
    in_doubt: Option<u8>,
    /// Posting requests that were handed out in doubt.
    further_posts: u8,
    /// Posting requests of the flow that was begun last.
    posts: u8,
    period: u8,
    resumes_left: u8,
    begins_left: u8,
}

pub(crate) struct Explorer<F> {
    bounds: Bounds,
    flows: FlowGraph<F>,
    resolved: HashSet<(Server, TextId)>,
    found: Vec<Moment>,
    tally: Tally,
}

impl<F: FlowUnderTest> Explorer<F> {
    /// Explores every schedule within `bounds`.
    ///
    /// # Errors
    ///
    /// The first claim that is not true, or the first rule that is broken.
    pub(crate) fn explore(bounds: Bounds) -> Result<Tally, String> {
        let mut explorer = Self {
            bounds,
            flows: FlowGraph::new(bounds.terms),
            resolved: HashSet::new(),
            found: Vec::new(),
            tally: Tally::default(),
        };
        explorer.start()?;
        let mut seen = HashSet::new();
        let mut frontier = VecDeque::new();
        loop {
            for moment in std::mem::take(&mut explorer.found) {
                explorer.check(&moment)?;
                if seen.insert(moment) {
                    explorer.tally.together += usize::from(moment.workers.iter().all(Option::is_some));
                    frontier.push_back(moment);
                }
            }
            let Some(moment) = frontier.pop_front() else {
                break;
            };
            explorer.successors(moment)?;
        }
        explorer.tally.states = seen.len();
        Ok(explorer.tally)
    }

    fn start(&mut self) -> Result<(), String> {
        for server in Server::beginnings(self.bounds.terms.kind, self.bounds.events) {
            let moment = Moment {
                server,
                workers: [None; 2],
                checkpoints: 0,
                newest: None,
                may_begin: false,
                in_doubt: None,
                further_posts: 0,
                posts: 0,
                period: 0,
                resumes_left: self.bounds.resumes,
                begins_left: self.bounds.begins,
            };
            self.begin(moment, 0)?;
        }
        Ok(())
    }

    fn begin(&mut self, moment: Moment, place: usize) -> Result<(), String> {
        let settled = self.flows.start(moment.period)?;
        self.go_on(moment, place, Worker::new(false), settled)
    }

    /// The one rule that the flows are for.
    fn check(&mut self, moment: &Moment) -> Result<(), String> {
        let effects = moment.server.effects + u8::from(moment.server.already);
        self.tally.most_effects = self.tally.most_effects.max(effects);
        match effects > 1 + u8::from(self.bounds.terms.opt_in) {
            true => Err(broken("posted more often than allowed", *moment)),
            false => Ok(()),
        }
    }

    fn successors(&mut self, moment: Moment) -> Result<(), String> {
        for event in moment.server.events() {
            let mut next = moment;
            next.server.happen(event);
            self.found.push(next);
        }
        if moment.period < self.bounds.periods {
            let mut next = moment;
            next.period += 1;
            self.found.push(next);
        }
        for (place, worker) in moment.workers.into_iter().enumerate() {
            if let Some(worker) = worker {
                self.requests(moment, place, worker)?;
            }
        }
        if moment.resumes_left > 0 {
            self.resumes(moment)?;
        }
        self.begins(moment)
    }

    /// The same order is begun anew. A server that does not return comments is outside of what can be promised then.
    fn begins(&mut self, moment: Moment) -> Result<(), String> {
        if moment.begins_left == 0 || moment.server.hides_comments {
            return Ok(());
        }
        let has_not_posted = |worker: &Option<Worker>| worker.is_some_and(|it| !it.is_resumed && moment.posts == 0);
        let crashed = moment.workers.iter().position(has_not_posted);
        let free = moment.workers.iter().position(Option::is_none);
        let place = crashed.or(free.filter(|_| moment.may_begin));
        let Some(place) = place.filter(|place| *place < self.bounds.at_once) else {
            return Ok(());
        };
        let mut next = moment;
        next.begins_left -= 1;
        next.may_begin = false;
        next.server.begin_anew();
        next.in_doubt = None;
        next.posts = 0;
        self.tally.begins += 1;
        self.begin(next, place)
    }

    /// Any stored checkpoint is taken up: beside the processes that live, or in the place of one that crashes.
    fn resumes(&mut self, moment: Moment) -> Result<(), String> {
        let stored: Vec<TextId> = match self.bounds.is_stale {
            true => (0..64).filter(|number| moment.checkpoints & (1 << number) != 0).collect(),
            false => moment.newest.into_iter().collect(),
        };
        for text in stored {
            let settled = self.flows.resume(text, moment.period)?;
            if let Settled::Awaiting(node) = settled {
                if self.flows.node(node).kind != PostingRequestKind::Query {
                    return Err(broken("a resumed flow does not query first", moment));
                }
            }
            for place in 0..self.bounds.at_once {
                let mut next = moment;
                next.resumes_left -= 1;
                self.tally.resumes += 1;
                self.go_on(next, place, Worker::new(true), settled)?;
            }
        }
        Ok(())
    }

    /// Everything that can happen to the request that a worker awaits the result of.
    fn requests(&mut self, moment: Moment, place: usize, worker: Worker) -> Result<(), String> {
        let node = self.flows.node(worker.node);
        let is_owed_another = !node.wants_fresh_connection;
        let is_reused = self.bounds.is_reused || is_owed_another;
        let (kind, timed_out, skipped) = (node.kind, node.timed_out, node.skipped);
        if kind == PostingRequestKind::Post && matches!(timed_out, Claim::NotSent) {
            return Err(broken("claims not sent, and its request is under way", moment));
        }
        self.judge(moment, worker, timed_out)?;
        self.judge(moment, worker, skipped)?;
        let may_be_stale = worker.is_resumed || moment.posts > 0 || is_owed_another;
        let fates = match kind {
            PostingRequestKind::Post => moment.server.post_fates(is_reused, self.bounds.late),
            PostingRequestKind::Query => moment.server.query_fates(is_reused, may_be_stale),
        };
        // Most of the fates look alike to the flow.
        let mut met = Vec::new();
        for fate in fates {
            let (mut next, mut worker) = (moment, worker);
            let is_truth = fate.reply == Reply::Truth;
            let shown = match kind {
                PostingRequestKind::Post => {
                    let shown = next.server.post(fate);
                    let has_effect = next.server.effects > moment.server.effects;
                    let is_hidden = next.server.hides_comments && is_truth && has_effect;
                    if fate.leaves_unresolved() || is_hidden {
                        next.in_doubt = Some(next.period);
                    }
                    shown
                }
                PostingRequestKind::Query => {
                    worker.has_queried |= is_truth || fate.reply == Reply::Stale;
                    worker.has_seen_used_key |= is_truth && next.server.other_amount;
                    next.server.query(fate)
                }
            };
            let settled = self.flows.feed(worker.node, shown, moment.period)?;
            self.tally.transitions += 1;
            let new = (next.server, next.in_doubt, worker, settled);
            if met.contains(&new) {
                continue;
            }
            met.push(new);
            self.go_on(next, place, worker, settled)?;
        }
        Ok(())
    }

    /// Lets a worker go on to its next request, or to its end.
    fn go_on(&mut self, mut moment: Moment, place: usize, mut worker: Worker, settled: Settled) -> Result<(), String> {
        moment.workers[place] = None;
        match settled {
            Settled::Done(claim) => {
                self.end(moment, worker, claim)?;
                moment.may_begin |= !worker.is_resumed && !matches!(claim, Claim::Unknown(_));
            }
            Settled::Awaiting(id) => {
                let node = self.flows.node(id);
                let (kind, text, gave_up) = (node.kind, node.checkpoint, node.gave_up);
                if let Some(claim) = gave_up {
                    self.end(moment, worker, claim)?;
                }
                worker.node = id;
                self.hand_out(&mut moment, &mut worker, kind)?;
                moment.workers[place] = Some(worker);
                if let Some(text) = text {
                    assert!(text < 64, "more checkpoints than bits");
                    moment.checkpoints |= 1 << text;
                    moment.newest = Some(text);
                }
            }
        }
        // Which process is which makes no difference.
        moment.workers.sort_unstable_by_key(|worker| (worker.is_none(), *worker));
        self.found.push(moment);
        Ok(())
    }

    fn end(&mut self, moment: Moment, worker: Worker, claim: Claim) -> Result<(), String> {
        self.judge(moment, worker, claim)?;
        *self.tally.ends.entry(name(claim)).or_default() += 1;
        Ok(())
    }

    fn hand_out(&self, moment: &mut Moment, worker: &mut Worker, kind: PostingRequestKind) -> Result<(), String> {
        let terms = self.bounds.terms;
        if kind == PostingRequestKind::Query {
            worker.queries += 1;
            return match u32::from(worker.queries) > terms.queries {
                true => Err(broken("more queries than the budget, it does not end", *moment)),
                false => Ok(()),
            };
        }
        moment.posts += 1;
        if !worker.has_queried {
            return Err(broken("posts before a query", *moment));
        }
        if worker.has_seen_used_key {
            return Err(broken("posts with a used key", *moment));
        }
        if worker.is_resumed || moment.in_doubt.is_some() {
            moment.further_posts += 1;
            let is_late = moment.in_doubt.is_none_or(|since| moment.period > since);
            if !terms.opt_in || moment.further_posts > 1 || !is_late {
                return Err(broken("posts in doubt", *moment));
            }
        } else if u32::from(moment.posts) > terms.further_posts + 1 {
            return Err(broken("more postings than the budget", *moment));
        }
        Ok(())
    }

    /// Checks a claim of a flow against what is true.
    fn judge(&mut self, moment: Moment, worker: Worker, claim: Claim) -> Result<(), String> {
        let server = &moment.server;
        let is_refused = matches!(claim, Claim::RefusedByProblem | Claim::RefusedByState | Claim::RefusedByKey);
        let wrong = match claim {
            Claim::Posted(_) if !server.has_posting() => "claims posted, and it is not",
            Claim::Posted(Confirmation::Already) if server.effects > 0 => {
                "claims posted already, and it was its own request"
            }
            Claim::Posted(Confirmation::Already) if worker.is_resumed => {
                "claims posted already, though it was resumed in doubt"
            }
            Claim::Posted(Confirmation::Response) if server.effects == 0 => {
                "claims posted by its response, and it was another's request"
            }
            _ if is_refused && server.is_or_may_be_posted() => "claims refused, and its request posted or still may",
            _ if is_refused && worker.is_resumed && server.has_posting() => {
                "claims refused, and an earlier flow with the checkpoint posted"
            }
            Claim::RefusedByProblem | Claim::RefusedByKey if worker.is_resumed => {
                "claims refused without a state, though it was resumed"
            }
            Claim::RefusedByState if !server.is_impossible() => "claims refused by a state that does not forbid it",
            Claim::RefusedByKey if !server.other_amount => "claims the key is used, and it is not",
            Claim::NotSent if worker.is_resumed => "claims not sent, though it was resumed",
            Claim::NotSent if server.is_or_may_be_posted() => "claims not sent, and its request posted or still may",
            Claim::Unknown(text) => return self.resolve(moment, text),
            _ => return Ok(()),
        };
        Err(format!("{wrong}: {claim:?} of {worker:?} in {moment:?}"))
    }

    /// Once the server has recovered, a posting that is there is found, and nothing is posted.
    fn resolve(&mut self, moment: Moment, text: TextId) -> Result<(), String> {
        if !self.resolved.insert((moment.server, text)) {
            return Ok(());
        }
        let terms = Terms { queries: 5, opt_in: false, ..self.bounds.terms };
        let mut server = moment.server;
        let mut flow = F::resume(self.flows.text(text), terms);
        let truth = Fate { effect: Effect::Skip, reply: Reply::Truth, connection: Connection::Fresh };
        for _ in 0..20 {
            let is_there = server.has_posting() && !server.hides_comments;
            match flow.step(Duration::ZERO) {
                Next::Send(PostingRequestKind::Post) => {
                    return Err(broken("a resumed flow posts", moment));
                }
                Next::Send(PostingRequestKind::Query) => {
                    let shown = server.query(truth);
                    flow.feed(&shown.feed(terms.kind, Success::Query));
                }
                Next::Done(PostingOutcome::Posted(_)) if is_there => return Ok(()),
                Next::Done(PostingOutcome::Refused(_)) if !server.has_posting() => return Ok(()),
                Next::Done(PostingOutcome::Unknown(_)) if !is_there => return Ok(()),
                Next::Done(outcome) => {
                    return Err(format!("resumed to \"{outcome}\", with {server:?}, from {moment:?}"));
                }
            }
        }
        Err(broken("the resumed flow does not end", moment))
    }
}

fn broken(rule: &str, moment: Moment) -> String {
    format!("{rule}: {moment:?}")
}

fn name(claim: Claim) -> String {
    match claim {
        Claim::Posted(confirmation) => format!("posted {confirmation:?}"),
        Claim::Unknown(_) => "Unknown".to_owned(),
        other => format!("{other:?}"),
    }
}
