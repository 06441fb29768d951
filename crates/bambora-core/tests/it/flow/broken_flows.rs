//! Flows with one mistake each, of the kind that clients in the field make. The exploration must notice every one.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Instant;

use bambora_core::{Delivery, Outcome, RequestKind};
use http::Response;

use super::flow_under_test::{Budgets, FlowUnderTest, Next, Real};
use super::model_server::{REFERENCE, payment, problem};

/// What a flow does wrong. What is not said is done right.
pub(crate) trait Mistake: Clone + Debug {
    fn budgets(budgets: Budgets) -> Budgets {
        budgets
    }

    /// What becomes of a checkpoint's members in a resume.
    fn restore(_checkpoint: &mut serde_json::Value) {}

    fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
        flow.inner.on_response(response);
    }

    fn on_failure(flow: &mut Broken<Self>, delivery: Delivery) {
        flow.inner.on_failure(delivery);
    }
}

/// The real flow, with a mistake around it.
#[derive(Clone, Debug)]
pub(crate) struct Broken<M> {
    inner: Real,
    kind: Option<RequestKind>,
    claim: Option<Outcome>,
    mistake: PhantomData<M>,
}

impl<M: Mistake> Broken<M> {
    fn around(inner: Real) -> Self {
        Self {
            inner,
            kind: None,
            claim: None,
            mistake: PhantomData,
        }
    }

    fn is_about_cancel(&self) -> bool {
        self.kind == Some(RequestKind::Cancel)
    }
}

impl<M: Mistake> FlowUnderTest for Broken<M> {
    fn start(budgets: Budgets) -> Self {
        Self::around(Real::start(M::budgets(budgets)))
    }

    fn resume(checkpoint: &str, budgets: Budgets) -> Self {
        let mut members = serde_json::from_str(checkpoint).unwrap();
        M::restore(&mut members);
        Self::around(Real::resume(&members.to_string(), M::budgets(budgets)))
    }

    fn step(&mut self, now: Instant) -> Next {
        if let Some(claim) = &self.claim {
            return Next::Done(claim.clone());
        }
        let next = self.inner.step(now);
        if let Next::Send(kind) = next {
            self.kind = Some(kind);
        }
        next
    }

    fn on_response(&mut self, response: &Response<Vec<u8>>) {
        M::on_response(self, response);
    }

    fn on_failure(&mut self, delivery: Delivery) {
        M::on_failure(self, delivery);
    }

    fn checkpoint(&self) -> String {
        self.inner.checkpoint()
    }
}

/// A refusal, as the real flow would give it for a first answer of 404.
fn refused() -> Option<Outcome> {
    end_of_a_fresh_flow(|flow| flow.on_response(&problem(404, "payment_not_found")))
}

fn not_sent() -> Option<Outcome> {
    end_of_a_fresh_flow(|flow| flow.on_failure(Delivery::NotSent))
}

fn end_of_a_fresh_flow(feed: impl Fn(&mut Real)) -> Option<Outcome> {
    let now = Instant::now();
    let mut flow = Real::start(Budgets {
        further_cancels: 0,
        queries: 1,
    });
    loop {
        match flow.step(now) {
            Next::Send(_) => feed(&mut flow),
            Next::Done(outcome) => return Some(outcome),
        }
    }
}

macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident as $mistake:ident { $($hook:item)* })*) => {
        $(
            $(#[$doc])*
            pub(crate) type $name = Broken<$mistake>;
            #[derive(Clone, Debug)]
            pub(crate) struct $mistake;
            impl Mistake for $mistake { $($hook)* }
        )*
    };
}

mistakes! {
    /// Takes no answer for "nothing happened", and sends again.
    ResendsAfterNoAnswer as ResendAfterNoAnswer {
        fn on_failure(flow: &mut Broken<Self>, delivery: Delivery) {
            let delivery = if flow.is_about_cancel() { Delivery::NotSent } else { delivery };
            flow.inner.on_failure(delivery);
        }
    }
    /// Takes a 5xx for "nothing happened", and sends again.
    ResendsAfterServerError as ResendAfterServerError {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            if flow.is_about_cancel() && response.status().is_server_error() {
                flow.inner.on_failure(Delivery::NotSent);
            } else {
                flow.inner.on_response(response);
            }
        }
    }
    /// Takes a 422 for the last word, though it may be its own earlier request that brought the payment out of its state.
    Trusts422 as Trust422 {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            if response.status() == 422 {
                flow.claim = refused();
            }
            flow.inner.on_response(response);
        }
    }
    /// Takes a 404 for the last word, whatever was sent before.
    Trusts404 as Trust404 {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            if flow.is_about_cancel() && response.status() == 404 {
                flow.claim = refused();
            }
            flow.inner.on_response(response);
        }
    }
    /// Takes "still authorized" for "the cancel did not happen".
    TakesAuthorizedAsProof as TakeAuthorizedAsProof {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            let body = String::from_utf8_lossy(response.body());
            if !flow.is_about_cancel() && body.contains("Authorized") {
                flow.claim = refused();
            }
            flow.inner.on_response(response);
        }
    }
    /// Does not look whether an operation is in progress.
    IgnoresOperationInProgress as IgnoreOperationInProgress {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            flow.inner.on_response(&edited(response, r#""operationInProgress":true"#, r#""operationInProgress":false"#));
        }
    }
    /// Makes more cancel requests than it may.
    ForgetsTheBudget as ForgetTheBudget {
        fn budgets(budgets: Budgets) -> Budgets {
            Budgets { further_cancels: budgets.further_cancels + 1, ..budgets }
        }
    }
    /// Begins to count anew after a resume.
    ForgetsAttempts as ForgetAttempts {
        fn restore(checkpoint: &mut serde_json::Value) {
            checkpoint["cancels"] = 0.into();
        }
    }
    /// Does not know after a resume that it is in doubt.
    ForgetsDoubt as ForgetDoubt {
        fn restore(checkpoint: &mut serde_json::Value) {
            checkpoint["doubt"] = false.into();
        }
    }
    /// Begins anew after a resume.
    PostsAfterResume as PostAfterResume {
        fn restore(checkpoint: &mut serde_json::Value) {
            // Each of the three shows that a request may have arrived.
            checkpoint["reached"] = false.into();
            checkpoint["doubt"] = false.into();
            checkpoint["evidence"] = serde_json::json!({ "kind": "nothing" });
        }
    }
    /// Does not look whose payment an answer shows.
    TrustsAnotherReference as TrustAnotherReference {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            flow.inner.on_response(&edited(response, "ANOTHER", REFERENCE));
        }
    }
    /// Does not look what a 200 carries.
    TrustsAny200 as TrustAny200 {
        fn on_response(flow: &mut Broken<Self>, response: &Response<Vec<u8>>) {
            if flow.is_about_cancel() && response.status() == 200 {
                flow.inner.on_response(&payment(REFERENCE, "Canceled", false));
            } else {
                flow.inner.on_response(response);
            }
        }
    }
    /// Reports a time-out as if nothing had been sent.
    CallsUnknownNotSent as CallUnknownNotSent {
        fn on_failure(flow: &mut Broken<Self>, delivery: Delivery) {
            if delivery == Delivery::Unknown {
                flow.claim = not_sent();
            }
            flow.inner.on_failure(delivery);
        }
    }
    /// Asks until it knows.
    NeverGivesUp as NeverGiveUp {
        fn budgets(budgets: Budgets) -> Budgets {
            Budgets { queries: u32::MAX, ..budgets }
        }
    }
}

fn edited(response: &Response<Vec<u8>>, from: &str, to: &str) -> Response<Vec<u8>> {
    let body = String::from_utf8_lossy(response.body()).replace(from, to);
    let mut edited = Response::new(body.into_bytes());
    *edited.status_mut() = response.status();
    edited
}
