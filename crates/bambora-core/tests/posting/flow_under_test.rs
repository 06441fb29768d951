//! What the explorer explores: the real flow, or one with a mistake in it.

use std::time::Duration;

use bambora_core::flow::{Connection, Step};
use bambora_core::posting::{PostingFlow, PostingKind, PostingOutcome, PostingPolicy, PostingRequestKind};
use bambora_core::{CancelPolicy, TransportError};
use http::Response;

use super::responses::{merchant, order};

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// What a flow is started with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) kind: PostingKind,
    pub(crate) further_posts: u32,
    pub(crate) queries: u32,
    /// Whether the flow may post once more after an hour.
    pub(crate) opt_in: bool,
}

impl Terms {
    /// Without waits: the model has no time but whole periods.
    pub(crate) fn policy(self) -> PostingPolicy {
        let budgets = CancelPolicy::builder()
            .further_cancels(self.further_posts)
            .queries(self.queries)
            .waits(Duration::ZERO, Duration::ZERO)
            .deadline(24 * HOUR)
            .build()
            .unwrap();
        let policy = PostingPolicy::new(budgets);
        match self.opt_in {
            true => policy.dangerously_post_again_after(HOUR),
            false => policy,
        }
    }
}

/// What a flow does next, as far as the model cares.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Send(PostingRequestKind),
    Done(PostingOutcome),
}

/// What a flow is fed.
#[derive(Clone, Debug)]
pub(crate) enum Feed {
    Response(Response<Vec<u8>>, Connection),
    NotSent,
    NoResponse,
}

impl Feed {
    pub(crate) fn fresh(response: Response<Vec<u8>>) -> Self {
        Self::Response(response, Connection::Fresh)
    }

    pub(crate) fn on_any_connection(response: &Response<Vec<u8>>) -> [Self; 2] {
        [Connection::Fresh, Connection::Reused].map(|connection| Self::Response(response.clone(), connection))
    }

    pub(crate) fn to(&self, flow: &mut PostingFlow) {
        match self {
            Self::Response(response, connection) => flow.on_response(response, *connection),
            Self::NotSent => flow.on_failure(&TransportError::not_sent("refused")),
            Self::NoResponse => flow.on_failure(&TransportError::unknown("reset")),
        }
    }
}

/// A flow, or something that behaves like one but for one mistake.
pub(crate) trait FlowUnderTest: Clone {
    fn start(terms: Terms) -> Self;
    fn resume(checkpoint: &str, terms: Terms) -> Self;
    fn step(&mut self, now: Duration) -> Next;
    fn feed(&mut self, feed: &Feed);
    /// The driver decides not to send the request, and stops.
    fn skip_and_stop(&mut self) -> PostingOutcome;
    fn checkpoint(&self) -> Option<String>;
    fn wants_fresh_connection(&self) -> bool;
    /// Everything that decides what the flow does from here on.
    fn fingerprint(&self) -> String;
}

/// The flow of this crate.
#[derive(Clone, Debug)]
pub(crate) struct Real(pub(crate) PostingFlow);

impl FlowUnderTest for Real {
    fn start(terms: Terms) -> Self {
        let policy = terms.policy();
        Self(PostingFlow::new(merchant(), order(terms.kind), policy, 0))
    }

    fn resume(checkpoint: &str, terms: Terms) -> Self {
        let checkpoint = checkpoint.parse().unwrap();
        Self(PostingFlow::resume(&checkpoint, terms.policy(), 0))
    }

    fn step(&mut self, now: Duration) -> Next {
        match self.0.step(now) {
            Step::Send(kind) => Next::Send(kind),
            Step::Wait(duration) => panic!("a wait of {duration:?} where all waits are nothing"),
            Step::Done(outcome) => Next::Done(outcome),
        }
    }

    fn feed(&mut self, feed: &Feed) {
        feed.to(&mut self.0);
    }

    fn skip_and_stop(&mut self) -> PostingOutcome {
        self.0.on_skipped();
        self.0.stop()
    }

    fn checkpoint(&self) -> Option<String> {
        self.0.checkpoint().map(|checkpoint| checkpoint.to_string())
    }

    fn wants_fresh_connection(&self) -> bool {
        self.0.wants_fresh_connection()
    }

    /// All members but the last observation, which is only told, and the waits, which are nothing here.
    fn fingerprint(&self) -> String {
        let all = format!("{:?}", self.0);
        let start = all.find("started: ").unwrap();
        let end = all.rfind(", observation: ").unwrap();
        all[start..end].to_owned()
    }
}
