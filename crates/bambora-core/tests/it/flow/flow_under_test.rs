//! What the explorer explores: the real flow, or one with a mistake in it.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use bambora_core::{
    Api, CancelFlow, CancelPolicy, Credentials, Delivery, MerchantNumber, MerchantSecret,
    MerchantToken, Outcome, RequestKind, Step,
};
use http::Response;

use super::model_server::REFERENCE;

/// The budgets of an exploration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budgets {
    pub(crate) further_cancels: u32,
    pub(crate) queries: u32,
}

/// What a flow does next, as far as the model cares.
#[derive(Debug)]
pub(crate) enum Next {
    Send(RequestKind),
    Done(Outcome),
}

/// A flow, or something that behaves like one but for one mistake.
pub(crate) trait FlowUnderTest: Clone + Debug {
    fn start(budgets: Budgets) -> Self;
    fn resume(checkpoint: &str, budgets: Budgets) -> Self;
    fn step(&mut self, now: Instant) -> Next;
    fn on_response(&mut self, response: &Response<Vec<u8>>);
    fn on_failure(&mut self, delivery: Delivery);
    fn checkpoint(&self) -> String;
}

/// The flow of this crate.
#[derive(Clone, Debug)]
pub(crate) struct Real(pub(crate) CancelFlow);

impl FlowUnderTest for Real {
    fn start(budgets: Budgets) -> Self {
        Self(CancelFlow::new(
            api(),
            REFERENCE.parse().unwrap(),
            policy(budgets),
            0,
        ))
    }

    fn resume(checkpoint: &str, budgets: Budgets) -> Self {
        let checkpoint = checkpoint.parse().unwrap();
        Self(CancelFlow::resume(api(), checkpoint, policy(budgets), 0).unwrap())
    }

    fn step(&mut self, now: Instant) -> Next {
        match self.0.step(now) {
            Step::Send(kind, _) => Next::Send(kind),
            Step::Wait(duration) => panic!("a wait of {duration:?} where all waits are nothing"),
            Step::Done(outcome) => Next::Done(outcome),
        }
    }

    fn on_response(&mut self, response: &Response<Vec<u8>>) {
        self.0.on_response(response);
    }

    fn on_failure(&mut self, delivery: Delivery) {
        self.0.on_failure(delivery);
    }

    fn checkpoint(&self) -> String {
        self.0.checkpoint().to_string()
    }
}

pub(crate) fn api() -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
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
