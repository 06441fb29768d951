//! Walks through every fault schedule, breadth first, each state once, and checks what the flow claims at every end.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt::{self, Write as _};
use std::hash::Hasher as _;
use std::time::{Duration, Instant};

use bambora_core::{Basis, Checkpoint, Outcome, OutcomeKind, RequestKind};

use super::flow_under_test::{Budgets, FlowUnderTest, Next};
use super::model_server::{Answer, Effect, Fate, Server};

/// More requests than any budget here allows.
const TOO_MANY: u32 = 60;

pub(crate) struct Explorer {
    budgets: Budgets,
    /// How many things others may do to the payment in one schedule.
    events: u8,
    /// How often the process may crash in one schedule.
    crashes: u8,
    now: Instant,
}

/// How much was explored.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) states: usize,
    transitions: usize,
    outcomes: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub(crate) fn outcomes(&self) -> [(&'static str, usize); 4] {
        [
            OutcomeKind::Canceled,
            OutcomeKind::Refused,
            OutcomeKind::NotSent,
            OutcomeKind::Unknown,
        ]
        .map(|kind| {
            (
                kind.as_str(),
                self.outcomes.get(kind.as_str()).copied().unwrap_or(0),
            )
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "explored {} states by {} transitions; ends: {:?}",
            self.states, self.transitions, self.outcomes
        )
    }
}

/// A moment of a schedule: before the flow says what it does next.
#[derive(Clone, Debug)]
struct Moment<F> {
    flow: F,
    server: Server,
    /// What a crash leaves: stored before each cancel request, as the clients' documentation asks.
    stored: String,
    /// Whether a cancel request is out whose effect no query has asked after.
    unresolved: bool,
    /// Whether any cancel request left it open what it did, or a crash kept its answer from being told.
    doubtful: bool,
    cancels: u32,
    queries: u32,
    queries_since_crash: u32,
    /// Whether the flow made a request since the last crash.
    begun: bool,
    crashes_left: u8,
}

impl Explorer {
    pub(crate) fn with_default_budgets() -> Self {
        Self::with_budgets(2, 5)
    }

    /// One event and one crash in each schedule; two of each where `BAMBORA_LONG_TESTS` is set.
    pub(crate) fn with_budgets(further_cancels: u32, queries: u32) -> Self {
        let depth = 1 + u8::from(std::env::var_os("BAMBORA_LONG_TESTS").is_some());
        Self {
            budgets: Budgets {
                further_cancels,
                queries,
            },
            events: depth,
            crashes: depth,
            now: Instant::now(),
        }
    }

    /// # Errors
    ///
    /// The first claim that is not so, or the first rule that is broken.
    pub(crate) fn explore<F: FlowUnderTest>(&self) -> Result<Tally, String> {
        let flow = F::start(self.budgets);
        let mut frontier = VecDeque::from([Moment {
            stored: flow.checkpoint(),
            flow,
            server: Server::new(self.events),
            unresolved: false,
            doubtful: false,
            cancels: 0,
            queries: 0,
            queries_since_crash: 0,
            begun: false,
            crashes_left: self.crashes,
        }]);
        let mut seen = HashSet::new();
        let mut tally = Tally::default();
        while let Some(moment) = frontier.pop_front() {
            let mut successors = Vec::new();
            self.successors(&moment, &mut successors, &mut tally)?;
            tally.transitions += successors.len();
            for successor in successors {
                if seen.insert(fingerprint(&successor)) {
                    frontier.push_back(successor);
                }
            }
        }
        tally.states = seen.len();
        Ok(tally)
    }

    fn successors<F: FlowUnderTest>(
        &self,
        moment: &Moment<F>,
        successors: &mut Vec<Moment<F>>,
        tally: &mut Tally,
    ) -> Result<(), String> {
        for event in moment.server.events() {
            let mut successor = moment.clone();
            successor.server.happen(event);
            successors.push(successor);
        }
        if moment.crashes_left > 0 {
            let mut successor = moment.clone();
            successor.flow = F::resume(&moment.stored, self.budgets);
            successor.doubtful = moment.doubtful || moment.begun;
            successor.queries_since_crash = 0;
            successor.begun = false;
            successor.crashes_left -= 1;
            successors.push(successor);
        }
        self.run_out_of_time(moment, tally)?;
        let mut stepped = moment.clone();
        match stepped.flow.step(self.now) {
            Next::Done(outcome) => self.judge(moment, &outcome, tally),
            Next::Send(kind) => self.send(&mut stepped, kind, successors),
        }
    }

    /// The time is up before the next request.
    fn run_out_of_time<F: FlowUnderTest>(
        &self,
        moment: &Moment<F>,
        tally: &mut Tally,
    ) -> Result<(), String> {
        if !moment.begun {
            // The first step starts the time.
            return Ok(());
        }
        match moment
            .flow
            .clone()
            .step(self.now + Duration::from_secs(3600))
        {
            Next::Done(outcome) => self.judge(moment, &outcome, tally),
            Next::Send(_) => Err(format!("a request after the deadline: {moment:?}")),
        }
    }

    fn send<F: FlowUnderTest>(
        &self,
        stepped: &mut Moment<F>,
        kind: RequestKind,
        successors: &mut Vec<Moment<F>>,
    ) -> Result<(), String> {
        if stepped.cancels + stepped.queries > TOO_MANY {
            return Err(format!("the flow does not end: {stepped:?}"));
        }
        stepped.begun = true;
        let fates = match kind {
            RequestKind::Cancel => {
                if stepped.unresolved {
                    return Err(format!(
                        "a second cancel request while one is unresolved: {stepped:?}"
                    ));
                }
                stepped.stored = stepped.flow.checkpoint();
                stepped.cancels += 1;
                if stepped.cancels > self.budgets.further_cancels + 1 {
                    return Err(format!("more cancel requests than the budget: {stepped:?}"));
                }
                stepped.server.cancel_fates()
            }
            RequestKind::Query => {
                stepped.queries += 1;
                stepped.queries_since_crash += 1;
                if stepped.queries_since_crash > self.budgets.queries {
                    return Err(format!(
                        "more queries than the budget, it does not end: {stepped:?}"
                    ));
                }
                Server::query_fates()
            }
        };
        for fate in fates {
            let mut successor = stepped.clone();
            successor.meet(kind, fate);
            successors.push(successor);
        }
        Ok(())
    }

    fn judge<F: FlowUnderTest>(
        &self,
        moment: &Moment<F>,
        outcome: &Outcome,
        tally: &mut Tally,
    ) -> Result<(), String> {
        *tally.outcomes.entry(outcome.kind().as_str()).or_default() += 1;
        let server = &moment.server;
        let wrong = match outcome {
            Outcome::Canceled(_) if !server.is_canceled() => "claims canceled, and it is not",
            Outcome::Canceled(canceled) if canceled.basis == Basis::Answer && !server.ours => {
                "claims canceled by its own request, and that was another's"
            }
            Outcome::Canceled(canceled)
                if canceled.basis == Basis::AlreadyCanceled && server.ours =>
            {
                "claims already canceled, and it was its own request"
            }
            Outcome::Refused(_) if server.may_yet_be_ours() => {
                "claims refused, and its own request canceled it or still may"
            }
            Outcome::NotSent(_) if server.received => "claims not sent, and a request arrived",
            Outcome::Unknown(unknown) if doubts(&unknown.checkpoint) && !moment.doubtful => {
                "claims to be in doubt, and is not"
            }
            Outcome::Unknown(unknown) => {
                return self.resolve::<F>(moment, &unknown.checkpoint.to_string());
            }
            _ => return Ok(()),
        };
        Err(format!("{wrong}: {outcome:?} in {moment:?}"))
    }

    /// Once the server has recovered, whatever was unknown can be told, and truly.
    fn resolve<F: FlowUnderTest>(
        &self,
        moment: &Moment<F>,
        checkpoint: &str,
    ) -> Result<(), String> {
        let budgets = Budgets {
            further_cancels: moment.cancels + 4,
            queries: 5,
        };
        let mut server = moment.server.clone();
        let mut flow = F::resume(checkpoint, budgets);
        let truth = Fate {
            effect: Effect::Apply,
            answer: Answer::Truth,
        };
        for _ in 0..TOO_MANY {
            let answer = match flow.step(self.now) {
                Next::Send(RequestKind::Cancel) => server.cancel(truth),
                Next::Send(RequestKind::Query) => server.query(truth),
                Next::Done(Outcome::Canceled(_)) if server.is_canceled() => return Ok(()),
                Next::Done(Outcome::Refused(_)) if !server.may_yet_be_ours() => return Ok(()),
                Next::Done(outcome) => {
                    return Err(format!(
                        "resumed to {outcome:?}, with {server:?}, from {moment:?}"
                    ));
                }
            };
            match answer {
                Ok(response) => flow.on_response(&response),
                Err(delivery) => flow.on_failure(delivery),
            }
        }
        Err(format!("the resumed flow does not end: {moment:?}"))
    }
}

impl<F: FlowUnderTest> Moment<F> {
    fn meet(&mut self, kind: RequestKind, fate: Fate) {
        let result = match kind {
            RequestKind::Cancel => {
                self.unresolved = leaves_unresolved(fate);
                self.doubtful |= self.unresolved;
                self.server.cancel(fate)
            }
            RequestKind::Query => {
                let settled = fate.answer == Answer::Truth && self.server.progress.is_none();
                self.unresolved &= !settled;
                self.server.query(fate)
            }
        };
        match result {
            Ok(response) => self.flow.on_response(&response),
            Err(delivery) => self.flow.on_failure(delivery),
        }
    }
}

/// Whether a checkpoint says that a cancel request may have worked, or may still.
fn doubts(checkpoint: &Checkpoint) -> bool {
    let members: serde_json::Value = serde_json::from_str(&checkpoint.to_string()).unwrap();
    members["doubt"] == true
}

/// Whether a fate leaves the one who asked without knowing whether his request had an effect.
fn leaves_unresolved(fate: Fate) -> bool {
    match fate.answer {
        Answer::NotSent | Answer::Throttled | Answer::Blocked | Answer::NotFound => false,
        Answer::Truth => matches!(fate.effect, Effect::Begin(_)),
        Answer::Lost
        | Answer::Cut
        | Answer::Garbage
        | Answer::OtherReference
        | Answer::ServerError => true,
    }
}

/// Tells moments apart, by two hashes of everything in them.
fn fingerprint<F: FlowUnderTest>(moment: &Moment<F>) -> (u64, u64) {
    struct Fingerprint(DefaultHasher, DefaultHasher);
    impl fmt::Write for Fingerprint {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            self.1.write(text.as_bytes());
            Ok(())
        }
    }
    let mut other = DefaultHasher::new();
    other.write_u8(1);
    let mut fingerprint = Fingerprint(DefaultHasher::new(), other);
    write!(fingerprint, "{moment:?}").unwrap();
    (fingerprint.0.finish(), fingerprint.1.finish())
}
