//! The flow of one row: that of a cancel, or that of a capture or refund.

use std::time::Duration;

use bambora_core::flow::{Connection, ExchangeResult, Observation, RequestKind, Step};
use bambora_core::posting::{PostingFlow, PostingPolicy, PostingRequestKind};
use bambora_core::{Api, CancelFlow, CancelPolicy, Merchant};
use http::{Request, Response};

use crate::journal::{Conclusion, Record, Taken};
use crate::order::Order;

/// The budgets of both flows.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) cancel: CancelPolicy,
    pub(super) posting: PostingPolicy,
}

#[derive(Debug)]
pub(super) enum Flow {
    Cancel(CancelFlow),
    Posting(PostingFlow),
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It cancels, captures or refunds.
    Change,
    Query,
}

/// How a flow has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) record: Record,
    /// Whether the payment was refused since it was not found.
    pub(super) is_not_found: bool,
}

/// Both flows have these methods.
macro_rules! either {
    ($self:ident, $flow:ident => $does:expr) => {
        match $self {
            Self::Cancel($flow) => $does,
            Self::Posting($flow) => $does,
        }
    };
}

impl Flow {
    /// Begins, or goes on with a query if the row is in doubt.
    pub(super) fn begin(taken: &Taken, merchant: &Merchant, policies: &Policies, seed: u64) -> Self {
        let Policies { cancel, posting } = policies.clone();
        match taken.order() {
            Order::Cancel(reference) => Self::Cancel(match taken.resume_from(merchant) {
                Some(checkpoint) => CancelFlow::resume(&checkpoint, cancel, seed),
                None => CancelFlow::new(merchant.clone(), reference.clone(), cancel, seed),
            }),
            Order::Posting(order) => Self::Posting(match taken.resume_posting_from(merchant) {
                Some(checkpoint) => PostingFlow::resume(&checkpoint, posting, seed),
                None => PostingFlow::new(merchant.clone(), order.clone(), posting, seed),
            }),
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Step<Kind, Ended> {
        match self {
            Self::Cancel(flow) => match flow.step(now) {
                Step::Send(RequestKind::Cancel) => Step::Send(Kind::Change),
                Step::Send(RequestKind::Query) => Step::Send(Kind::Query),
                Step::Wait(time) => Step::Wait(time),
                Step::Done(outcome) => Step::Done(Ended::new(Record::from(&outcome), flow.observation())),
            },
            Self::Posting(flow) => match flow.step(now) {
                Step::Send(PostingRequestKind::Post) => Step::Send(Kind::Change),
                Step::Send(PostingRequestKind::Query) => Step::Send(Kind::Query),
                Step::Wait(time) => Step::Wait(time),
                Step::Done(outcome) => Step::Done(Ended::new(Record::from(&outcome), flow.observation())),
            },
        }
    }

    pub(super) fn request(&self, kind: Kind, api: &Api) -> Request<Vec<u8>> {
        match self {
            Self::Cancel(flow) => kind.of_cancel().request(api, flow.reference()),
            Self::Posting(flow) => kind.of_posting().request(api, flow.order()),
        }
    }

    pub(super) fn judge(&self, kind: Kind, response: &Response<Vec<u8>>, connection: Connection) -> ExchangeResult {
        match self {
            Self::Cancel(flow) => kind.of_cancel().judge(flow.reference(), response, connection),
            Self::Posting(flow) => kind.of_posting().judge(flow.order(), response, connection),
        }
    }

    /// Returns what has to be in the journal before the request is sent. The row of a cancel is in doubt once it is started.
    pub(super) fn checkpoint_before(&self, kind: Kind) -> Option<String> {
        match (self, kind) {
            (Self::Posting(flow), Kind::Change) => flow.checkpoint().map(|checkpoint| checkpoint.to_string()),
            _ => None,
        }
    }

    pub(super) fn apply(&mut self, result: ExchangeResult) {
        either!(self, flow => flow.apply(result));
    }

    pub(super) fn skip(&mut self) {
        either!(self, flow => flow.on_skipped());
    }

    pub(super) fn connection(&self) -> Connection {
        if either!(self, flow => flow.wants_fresh_connection()) { Connection::Fresh } else { Connection::Reused }
    }

    pub(super) fn stop(&mut self) -> Record {
        either!(self, flow => Record::from(&flow.stop()))
    }
}

impl Kind {
    fn of_cancel(self) -> RequestKind {
        match self {
            Self::Change => RequestKind::Cancel,
            Self::Query => RequestKind::Query,
        }
    }

    fn of_posting(self) -> PostingRequestKind {
        match self {
            Self::Change => PostingRequestKind::Post,
            Self::Query => PostingRequestKind::Query,
        }
    }
}

impl Ended {
    /// The observation is the last one, on which a refusal rests.
    fn new(record: Record, observation: Option<&Observation>) -> Self {
        let is_not_found = record.conclusion == Conclusion::Refused
            && matches!(observation, Some(Observation::Problem { problem, .. }) if problem.status == 404);
        Self { record, is_not_found }
    }
}
