//! The states of one flow and the ways between them, each made once: an exploration meets the same ones again and again.

use std::collections::HashMap;

use bambora_core::flow::Confirmation;
use bambora_core::posting::{PostingOutcome, PostingRequestKind, RefusedBy};

use super::flow_under_test::{FlowUnderTest, HOUR, Next, Terms};
use super::model_server::{Shown, Success};

/// A period of the model in hours: more than the shortest time of the opt-in.
const PERIOD: u32 = 2;
/// After every deadline, in hours.
const LATE: u32 = 48;

/// A state of a flow, by its place in the graph.
pub(crate) type NodeId = u32;
/// The text of a checkpoint, by its place in the graph.
pub(crate) type TextId = usize;

/// What a flow says at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Posted(Confirmation),
    RefusedByProblem,
    RefusedByState,
    RefusedByKey,
    NotSent,
    Unknown(TextId),
}

/// Where a flow is after it was fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Awaiting(NodeId),
    Done(Claim),
}

/// A flow that handed out a request.
pub(crate) struct Node<F> {
    flow: F,
    pub(crate) kind: PostingRequestKind,
    pub(crate) wants_fresh_connection: bool,
    pub(crate) checkpoint: Option<TextId>,
    /// What it says if its time is up before this request was handed out. `None` if the request is its first.
    pub(crate) gave_up: Option<Claim>,
    /// What it says if its time is up, and the result of this request was never fed.
    pub(crate) timed_out: Claim,
    /// What it says if its driver skipped this request and stopped.
    pub(crate) skipped: Claim,
}

pub(crate) struct FlowGraph<F> {
    terms: Terms,
    nodes: Vec<Node<F>>,
    texts: Vec<String>,
    by_fingerprint: HashMap<(String, u8), Settled>,
    fed: HashMap<(NodeId, Shown, u8), Settled>,
    resumed: HashMap<(TextId, u8), Settled>,
}

impl<F: FlowUnderTest> FlowGraph<F> {
    pub(crate) fn new(terms: Terms) -> Self {
        Self {
            terms,
            nodes: Vec::new(),
            texts: Vec::new(),
            by_fingerprint: HashMap::new(),
            fed: HashMap::new(),
            resumed: HashMap::new(),
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node<F> {
        &self.nodes[id as usize]
    }

    pub(crate) fn text(&self, id: TextId) -> &str {
        &self.texts[id]
    }

    pub(crate) fn start(&mut self, period: u8) -> Result<Settled, String> {
        let flow = F::start(self.terms);
        if let Some(checkpoint) = flow.checkpoint() {
            return Err(format!("a checkpoint before the first request: {checkpoint}"));
        }
        self.settle(flow, true, period)
    }

    pub(crate) fn resume(&mut self, text: TextId, period: u8) -> Result<Settled, String> {
        if let Some(settled) = self.resumed.get(&(text, period)) {
            return Ok(*settled);
        }
        let flow = F::resume(&self.texts[text], self.terms);
        let settled = self.settle(flow, true, period)?;
        self.resumed.insert((text, period), settled);
        Ok(settled)
    }

    pub(crate) fn feed(&mut self, id: NodeId, shown: Shown, period: u8) -> Result<Settled, String> {
        if let Some(settled) = self.fed.get(&(id, shown, period)) {
            return Ok(*settled);
        }
        let success = match self.node(id).kind {
            PostingRequestKind::Post => Success::Post,
            PostingRequestKind::Query => Success::Query,
        };
        let mut flow = self.node(id).flow.clone();
        flow.feed(&shown.feed(self.terms.kind, success));
        let settled = self.settle(flow, false, period)?;
        self.fed.insert((id, shown, period), settled);
        Ok(settled)
    }

    fn settle(&mut self, mut flow: F, is_first: bool, period: u8) -> Result<Settled, String> {
        let fingerprint = (flow.fingerprint(), period);
        if let Some(settled) = self.by_fingerprint.get(&fingerprint) {
            return Ok(*settled);
        }
        // The first step starts the time.
        let gave_up = match is_first {
            true => None,
            false => Some(self.claim_after_the_deadline(&flow)?),
        };
        let settled = match flow.step(HOUR * PERIOD * u32::from(period)) {
            Next::Done(outcome) => Settled::Done(self.claim(&flow, &outcome)?),
            Next::Send(kind) => {
                let checkpoint = flow.checkpoint();
                if checkpoint.is_none() && kind == PostingRequestKind::Post {
                    return Err("no checkpoint, and a posting is handed out".to_owned());
                }
                let mut skipped = flow.clone();
                let outcome = skipped.skip_and_stop();
                let node = Node {
                    kind,
                    wants_fresh_connection: flow.wants_fresh_connection(),
                    checkpoint: checkpoint.map(|checkpoint| self.text_id(checkpoint)),
                    gave_up,
                    timed_out: self.claim_after_the_deadline(&flow)?,
                    skipped: self.claim(&skipped, &outcome)?,
                    flow,
                };
                self.nodes.push(node);
                Settled::Awaiting(NodeId::try_from(self.nodes.len() - 1).unwrap())
            }
        };
        self.by_fingerprint.insert(fingerprint, settled);
        Ok(settled)
    }

    fn claim_after_the_deadline(&mut self, flow: &F) -> Result<Claim, String> {
        let mut flow = flow.clone();
        match flow.step(HOUR * LATE) {
            Next::Done(outcome) => self.claim(&flow, &outcome),
            Next::Send(kind) => Err(format!("a {kind} after the deadline")),
        }
    }

    fn claim(&mut self, flow: &F, outcome: &PostingOutcome) -> Result<Claim, String> {
        let checkpoint = flow.checkpoint();
        let claim = match outcome {
            PostingOutcome::Posted(posted) => Claim::Posted(posted.confirmation),
            PostingOutcome::Refused(refused) => match &*refused.by {
                RefusedBy::State { .. } => Claim::RefusedByState,
                RefusedBy::KeyUsed { .. } => Claim::RefusedByKey,
                _ => Claim::RefusedByProblem,
            },
            PostingOutcome::NotSent(_) => Claim::NotSent,
            PostingOutcome::Unknown(unknown) => {
                let text = unknown.checkpoint.to_string();
                if checkpoint.is_none() {
                    return Err("unknown, and without a checkpoint".to_owned());
                }
                return Ok(Claim::Unknown(self.text_id(text)));
            }
        };
        match checkpoint {
            None => Ok(claim),
            Some(checkpoint) => Err(format!("{outcome}, and a checkpoint: {checkpoint}")),
        }
    }

    fn text_id(&mut self, text: String) -> TextId {
        let known = self.texts.iter().position(|known| *known == text);
        known.unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}
