//! What the explorer explores: the real flow, or one with a mistake in it.

use std::time::Duration;

use bambora_core::flow::{Connection, RequestKind, Step};
use bambora_core::{BaseUrl, CancelFlow, CancelPolicy, Merchant, MerchantNumber, Outcome, TransportError};
use http::Response;

use super::responses::REFERENCE;

/// The budgets of an exploration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budgets {
    pub(crate) further_cancels: u32,
    pub(crate) queries: u32,
}

/// What a flow does next, as far as the model cares.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Send(RequestKind),
    Done(Outcome),
}

/// What a flow is fed.
#[derive(Clone, Debug)]
pub(crate) enum Feed {
    Response(Response<Vec<u8>>, Connection),
    NotSent,
    NoResponse,
}

/// A flow, or something that behaves like one but for one mistake.
pub(crate) trait FlowUnderTest: Clone {
    fn start(budgets: Budgets) -> Self;
    fn resume(checkpoint: &str, budgets: Budgets) -> Self;
    fn step(&mut self, now: Duration) -> Next;
    fn feed(&mut self, feed: &Feed);
    /// The driver decides not to send the request, and stops.
    fn skip_and_stop(&mut self) -> Outcome;
    fn checkpoint(&self) -> Option<String>;
    fn wants_fresh_connection(&self) -> bool;
    /// Everything that decides what the flow does from here on.
    fn fingerprint(&self) -> String;
}

/// The flow of this crate.
#[derive(Clone, Debug)]
pub(crate) struct Real(pub(crate) CancelFlow);

impl FlowUnderTest for Real {
    fn start(budgets: Budgets) -> Self {
        let reference = REFERENCE.parse().unwrap();
        Self(CancelFlow::new(merchant(), reference, policy(budgets), 0))
    }

    fn resume(checkpoint: &str, budgets: Budgets) -> Self {
        let checkpoint = checkpoint.parse().unwrap();
        Self(CancelFlow::resume(&checkpoint, policy(budgets), 0))
    }

    fn step(&mut self, now: Duration) -> Next {
        match self.0.step(now) {
            Step::Send(kind) => Next::Send(kind),
            Step::Wait(duration) => panic!("a wait of {duration:?} where all waits are nothing"),
            Step::Done(outcome) => Next::Done(outcome),
        }
    }

    fn feed(&mut self, feed: &Feed) {
        match feed {
            Feed::Response(response, connection) => self.0.on_response(response, *connection),
            Feed::NotSent => self.0.on_failure(&TransportError::not_sent("refused")),
            Feed::NoResponse => self.0.on_failure(&TransportError::unknown("reset")),
        }
    }

    fn skip_and_stop(&mut self) -> Outcome {
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

pub(crate) fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

/// Without waits: the model has no time but "before the deadline" and "after".
pub(crate) fn policy(budgets: Budgets) -> CancelPolicy {
    CancelPolicy::builder()
        .further_cancels(budgets.further_cancels)
        .queries(budgets.queries)
        .waits(Duration::ZERO, Duration::ZERO)
        .build()
        .unwrap()
}

/// The checkpoint that a flow hands out with its first request.
pub(crate) fn checkpoint_after_one_cancel() -> String {
    let reference = super::responses::REFERENCE.parse().unwrap();
    bambora_core::Checkpoint::new(merchant(), reference, 1).to_string()
}
