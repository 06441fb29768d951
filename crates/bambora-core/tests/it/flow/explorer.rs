//! Walks through every schedule of faults, breadth first, each state once, and checks what the flows claim at every end.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use bambora_core::Outcome;
use bambora_core::flow::{Confirmation, Connection, RequestKind};

use super::flow_graph::{Claim, FlowGraph, NodeId, Settled, TextId};
use super::flow_under_test::{Budgets, FlowUnderTest, Next};
use super::model_server::{Effect, Fate, Reply, Server, Standing, Who};

const NO_QUERY_FIRST: &str = "a resumed flow does not query first";

/// What may happen in one schedule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) budgets: Budgets,
    /// How many things others may do to the payment.
    pub(crate) events: u8,
    /// How often a checkpoint is resumed, by a new process or in the place of one that crashes.
    pub(crate) resumes: u8,
    /// How many processes work at once.
    pub(crate) at_once: usize,
    /// How many requests may be on their way at once, without anybody waiting for them.
    pub(crate) late: u8,
}

/// How much was explored.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) states: usize,
    transitions: usize,
    resumes: usize,
    together: usize,
    ends: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub(crate) fn ends_as(&self, outcome: &str) -> usize {
        self.ends.get(outcome).copied().unwrap_or(0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, resumes, together, ends } = self;
        write!(
            f,
            "explored {states} states by {transitions} transitions, {resumes} of them resumes; two processes at once in \
             {together} states; ends: {ends:?}"
        )
    }
}

/// A process with a flow that awaits the result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Worker {
    is_resumed: bool,
    node: NodeId,
    /// Whether a cancel request is out whose effect no query has asked after.
    is_unresolved: bool,
    /// Cancel requests, including those that the checkpoint counted.
    cancels: u8,
    queries: u8,
}

impl Worker {
    fn who(self) -> Who {
        match self.is_resumed {
            true => Who::Resumed,
            false => Who::Original,
        }
    }
}

/// A moment of a schedule: every living flow awaits the result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Moment {
    server: Server,
    workers: [Option<Worker>; 2],
    /// Every checkpoint that was ever handed out, as a set of their numbers: a process can take up any of them at any time.
    checkpoints: u64,
    resumes_left: u8,
    /// Whether a flow has claimed that the payment is canceled.
    is_claimed_canceled: bool,
}

/// A checkpoint that was handed out, and how many cancel requests had been handed out until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Stored {
    text: TextId,
    cancels: u8,
}

pub(crate) struct Explorer<F> {
    bounds: Bounds,
    flows: FlowGraph<F>,
    stored: Vec<Stored>,
    resolved: HashMap<(Server, TextId), u8>,
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
            flows: FlowGraph::new(bounds.budgets),
            stored: Vec::new(),
            resolved: HashMap::new(),
            found: Vec::new(),
            tally: Tally::default(),
        };
        explorer.start()?;
        let mut seen = HashSet::new();
        let mut frontier = VecDeque::new();
        loop {
            for moment in std::mem::take(&mut explorer.found) {
                let goes_on = moment.workers.iter().any(Option::is_some) || moment.resumes_left > 0;
                if goes_on && seen.insert(moment) {
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
        for standing in Standing::ALL {
            let moment = Moment {
                server: Server::new(standing, self.bounds.events),
                workers: [None; 2],
                checkpoints: 0,
                resumes_left: self.bounds.resumes,
                is_claimed_canceled: false,
            };
            let new = Worker { is_resumed: false, node: 0, is_unresolved: false, cancels: 0, queries: 0 };
            let settled = self.flows.start()?;
            self.go_on(moment, 0, new, settled)?;
        }
        Ok(())
    }

    fn successors(&mut self, moment: Moment) -> Result<(), String> {
        for event in moment.server.events() {
            let mut next = moment;
            next.server.happen(event);
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
        Ok(())
    }

    /// Any stored checkpoint is taken up: beside the processes that live, or in the place of one that crashes.
    fn resumes(&mut self, moment: Moment) -> Result<(), String> {
        let stored: Vec<_> = (0..self.stored.len())
            .filter(|number| moment.checkpoints & (1 << number) != 0)
            .map(|number| self.stored[number])
            .collect();
        for Stored { text, cancels } in stored {
            let settled = self.flows.resume(text)?;
            if let Settled::Awaiting(node) = settled {
                if self.flows.node(node).kind != RequestKind::Query {
                    return Err(self.broken(NO_QUERY_FIRST, moment));
                }
            }
            for place in 0..self.bounds.at_once {
                let mut next = moment;
                next.resumes_left -= 1;
                let resumed = Worker { is_resumed: true, node: 0, is_unresolved: true, cancels, queries: 0 };
                self.tally.resumes += 1;
                self.go_on(next, place, resumed, settled)?;
            }
        }
        Ok(())
    }

    /// Everything that can happen to the request that a worker awaits the result of.
    fn requests(&mut self, moment: Moment, place: usize, worker: Worker) -> Result<(), String> {
        let node = self.flows.node(worker.node);
        let (kind, may_be_reused) = (node.kind, !node.wants_fresh_connection);
        let (timed_out, skipped) = (node.timed_out, node.skipped);
        self.judge(moment, worker, timed_out)?;
        self.judge(moment, worker, skipped)?;
        let fates = match kind {
            RequestKind::Cancel => moment.server.cancel_fates(may_be_reused, self.bounds.late),
            RequestKind::Query => moment.server.query_fates(may_be_reused),
        };
        // Most of the fates look alike to the flow.
        let mut met = Vec::new();
        for fate in fates {
            let (mut next, mut worker) = (moment, worker);
            let shown = match kind {
                RequestKind::Cancel => {
                    worker.is_unresolved = fate.leaves_unresolved();
                    next.server.cancel(worker.who(), fate)
                }
                RequestKind::Query => {
                    let settles = fate.reply == Reply::Truth && !next.server.is_in_progress();
                    worker.is_unresolved &= !settles;
                    next.server.query(worker.who(), fate)
                }
            };
            let settled = self.flows.feed(worker.node, shown)?;
            self.tally.transitions += 1;
            let new = (next.server, worker, settled);
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
                self.judge(moment, worker, claim)?;
                *self.tally.ends.entry(name(claim)).or_default() += 1;
                moment.is_claimed_canceled |= matches!(claim, Claim::Canceled(_));
            }
            Settled::Awaiting(id) => {
                let node = self.flows.node(id);
                let (kind, text, gave_up) = (node.kind, node.checkpoint, node.gave_up);
                if let Some(claim) = gave_up {
                    self.judge(moment, worker, claim)?;
                    *self.tally.ends.entry(name(claim)).or_default() += 1;
                }
                worker.node = id;
                self.hand_out(moment, &mut worker, kind)?;
                moment.workers[place] = Some(worker);
                moment.checkpoints |= 1 << self.number(text, worker.cancels);
            }
        }
        // Which process is which makes no difference.
        moment.workers.sort_unstable_by_key(|worker| (worker.is_none(), *worker));
        self.found.push(moment);
        Ok(())
    }

    fn hand_out(&self, moment: Moment, worker: &mut Worker, kind: RequestKind) -> Result<(), String> {
        let budgets = self.bounds.budgets;
        match kind {
            RequestKind::Cancel => {
                worker.cancels += 1;
                if worker.is_unresolved {
                    return Err(self.broken("a second cancel request while one is unresolved", moment));
                }
                if u32::from(worker.cancels) > budgets.further_cancels + 1 {
                    return Err(self.broken("more cancel requests than the budget", moment));
                }
            }
            RequestKind::Query => {
                worker.queries += 1;
                if u32::from(worker.queries) > budgets.queries {
                    return Err(self.broken("more queries than the budget, it does not end", moment));
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, text: TextId, cancels: u8) -> usize {
        let new = Stored { text, cancels };
        let known = self.stored.iter().position(|stored| *stored == new);
        known.unwrap_or_else(|| {
            self.stored.push(new);
            assert!(self.stored.len() <= 64, "more checkpoints than bits");
            self.stored.len() - 1
        })
    }

    /// Checks a claim of a flow against what is true.
    ///
    /// The flow that was started answers for its own requests: it cannot know that its checkpoint was taken up meanwhile. A
    /// resumed flow answers for the requests of all.
    fn judge(&mut self, moment: Moment, worker: Worker, claim: Claim) -> Result<(), String> {
        let server = &moment.server;
        let whose: &[Who] = match worker.who() {
            Who::Original => &[Who::Original],
            Who::Resumed => &[Who::Original, Who::Resumed],
        };
        let may_yet_be_released = whose.iter().any(|who| server.may_yet_be_released_by(*who));
        let is_own = server.released_by.is_some_and(|who| whose.contains(&who));
        let wrong = match claim {
            Claim::Canceled(_) if !server.is_canceled() => "claims canceled, and it is not",
            Claim::Canceled(Confirmation::Already) if is_own => "claims canceled already, and it was its own request",
            Claim::Canceled(Confirmation::Already) if worker.is_resumed => {
                "claims canceled already, though it was resumed in doubt"
            }
            Claim::RefusedByProblem | Claim::RefusedByState if may_yet_be_released => {
                "claims refused, and its request canceled it or still may"
            }
            Claim::RefusedByProblem if worker.is_resumed => "claims refused on a problem alone, though it was resumed",
            Claim::RefusedByState if server.standing == Standing::Canceled => {
                "claims refused by a state, and the payment is canceled"
            }
            Claim::NotSent if worker.is_resumed => "claims not sent, though it was resumed",
            Claim::NotSent if server.received => "claims not sent, and a request arrived",
            Claim::RefusedByProblem | Claim::RefusedByState | Claim::NotSent
                if worker.is_resumed && moment.is_claimed_canceled =>
            {
                "claims something else than canceled, which another flow claimed before"
            }
            Claim::Unknown(text) => return self.resolve(moment, text, worker.cancels),
            _ => return Ok(()),
        };
        Err(format!("{wrong}: {claim:?} of {worker:?} in {moment:?}"))
    }

    /// Once the server has recovered, whatever was unknown can be told, and truly.
    fn resolve(&mut self, moment: Moment, text: TextId, cancels: u8) -> Result<(), String> {
        if self.resolved.insert((moment.server, text), cancels).is_some() {
            return Ok(());
        }
        let budgets = Budgets { further_cancels: u32::from(cancels) + 4, queries: 5 };
        let mut server = moment.server;
        let mut flow = F::resume(self.flows.text(text), budgets);
        if matches!(flow.clone().step(Duration::ZERO), Next::Send(RequestKind::Cancel)) {
            return Err(self.broken(NO_QUERY_FIRST, moment));
        }
        let truth = |effect| Fate { effect, reply: Reply::Truth, connection: Connection::Fresh };
        for _ in 0..20 {
            let shown = match flow.step(Duration::ZERO) {
                Next::Send(RequestKind::Cancel) => server.cancel(Who::Resumed, truth(Effect::Apply)),
                Next::Send(RequestKind::Query) => server.query(Who::Resumed, truth(Effect::Skip)),
                Next::Done(Outcome::Canceled(_)) if server.is_canceled() => return Ok(()),
                // A cancel in the back office does not show in the API: what is refused is the flows' own requests.
                Next::Done(Outcome::Refused(_))
                    if server.standing != Standing::Canceled
                        && ![Who::Original, Who::Resumed].iter().any(|who| server.may_yet_be_released_by(*who)) =>
                {
                    return Ok(());
                }
                Next::Done(Outcome::Unknown(_)) if !server.standing.is_decisive() => return Ok(()),
                Next::Done(outcome) => {
                    return Err(format!("resumed to \"{outcome}\", with {server:?}, from {moment:?}"));
                }
            };
            flow.feed(&shown.feed());
        }
        Err(self.broken("the resumed flow does not end", moment))
    }

    fn broken(&self, rule: &str, moment: Moment) -> String {
        format!("{rule}: {moment:?}")
    }
}

fn name(claim: Claim) -> &'static str {
    match claim {
        Claim::Canceled(_) => "canceled",
        Claim::RefusedByProblem | Claim::RefusedByState => "refused",
        Claim::NotSent => "not_sent",
        Claim::Unknown(_) => "unknown",
    }
}
