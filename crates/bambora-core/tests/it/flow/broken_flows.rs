//! Flows with one mistake each, of the kind that clients in the field make. The exploration must notice every one.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

use bambora_core::flow::{Connection, NotSent, Refused, RequestKind};
use bambora_core::{Outcome, PaymentState, Problem};
use http::Response;

use super::flow_under_test::{Budgets, Feed, FlowUnderTest, Next, Real};
use super::responses::{REFERENCE, payment, payment_in};

/// What a flow does wrong. What is not said is done right.
pub(crate) trait Mistake: Clone + Debug {
    fn budgets(budgets: Budgets) -> Budgets {
        budgets
    }

    /// Changes the members of a checkpoint in a resume.
    fn restore(_checkpoint: &mut serde_json::Value) {}

    /// Goes on from the text of a checkpoint.
    fn resume(checkpoint: &str, budgets: Budgets) -> Real {
        let mut members = serde_json::from_str(checkpoint).unwrap();
        Self::restore(&mut members);
        Real::resume(&members.to_string(), budgets)
    }

    fn checkpoint(flow: &Broken<Self>) -> Option<String> {
        match flow.claim {
            Some(_) => None,
            None => flow.inner.checkpoint(),
        }
    }

    /// Feeds the real flow with something else, or makes a claim.
    fn feed(flow: &mut Broken<Self>, feed: &Feed) {
        flow.inner.feed(feed);
    }
}

/// The real flow, with a mistake around it.
#[derive(Clone, Debug)]
pub(crate) struct Broken<M> {
    inner: Real,
    kind: Option<RequestKind>,
    claim: Option<Outcome>,
    is_resumed: bool,
    mistake: PhantomData<M>,
}

impl<M: Mistake> Broken<M> {
    fn around(inner: Real, is_resumed: bool) -> Self {
        Self { inner, kind: None, claim: None, is_resumed, mistake: PhantomData }
    }

    fn is_about_cancel(&self) -> bool {
        self.kind == Some(RequestKind::Cancel)
    }

    /// Claims a refusal if the response is a problem with this status.
    fn refuse_on(&mut self, feed: &Feed, statuses: &[u16]) {
        if let Feed::Response(response, _) = feed {
            let status = response.status().as_u16();
            if statuses.contains(&status) {
                self.claim = Some(refused(status));
            }
        }
    }
}

fn refused(status: u16) -> Outcome {
    let reference = REFERENCE.parse().unwrap();
    let problem = Problem::new(status, "payment_not_found");
    Outcome::Refused(Refused::by_problem(reference, problem))
}

fn not_sent() -> Outcome {
    Outcome::NotSent(NotSent::new(REFERENCE.parse().unwrap()))
}

impl<M: Mistake> FlowUnderTest for Broken<M> {
    fn start(budgets: Budgets) -> Self {
        Self::around(Real::start(M::budgets(budgets)), false)
    }

    fn resume(checkpoint: &str, budgets: Budgets) -> Self {
        Self::around(M::resume(checkpoint, M::budgets(budgets)), true)
    }

    fn step(&mut self, now: Duration) -> Next {
        if let Some(claim) = &self.claim {
            return Next::Done(claim.clone());
        }
        let next = self.inner.step(now);
        if let Next::Send(kind) = next {
            self.kind = Some(kind);
        }
        next
    }

    fn feed(&mut self, feed: &Feed) {
        M::feed(self, feed);
    }

    fn skip_and_stop(&mut self) -> Outcome {
        self.inner.skip_and_stop()
    }

    fn checkpoint(&self) -> Option<String> {
        M::checkpoint(self)
    }

    fn wants_fresh_connection(&self) -> bool {
        self.inner.wants_fresh_connection()
    }

    fn fingerprint(&self) -> String {
        let Self { inner, kind, claim, .. } = self;
        format!("{} {kind:?} {claim:?} {}", inner.fingerprint(), self.is_resumed)
    }
}

macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident { $($hook:item)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub(crate) struct $name;
            impl Mistake for $name { $($hook)* }
        )*
    };
}

mistakes! {
    /// Takes no response for "nothing happened", and sends again.
    ResendsAfterNoResponse {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::NoResponse if flow.is_about_cancel() => flow.inner.feed(&Feed::NotSent),
                other => flow.inner.feed(other),
            }
        }
    }
    /// Takes a 5xx for "nothing happened", and sends again.
    ResendsAfterServerError {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::Response(response, _) if flow.is_about_cancel() && response.status().is_server_error() => {
                    flow.inner.feed(&Feed::NotSent);
                }
                other => flow.inner.feed(other),
            }
        }
    }
    /// Takes a 422 for the last word, though it may be its own earlier request that brought the payment out of its state.
    Trusts422 {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            flow.refuse_on(feed, &[422]);
        }
    }
    /// Takes a 404 for the last word, whatever was sent before.
    Trusts404 {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_about_cancel() {
                flow.refuse_on(feed, &[404]);
            }
        }
    }
    /// Takes a status for a refusal, even one that a gateway sent.
    TrustsForeignProblems {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_about_cancel() && !flow.is_resumed && flow.inner.0.cancels() == 1 {
                flow.refuse_on(feed, &[400, 401, 403]);
            }
        }
    }
    /// Takes a 405, 410 or 500 for a refusal.
    TrustsUndocumentedStatuses {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_about_cancel() && flow.inner.0.cancels() == 1 {
                flow.refuse_on(feed, &[405, 410, 500]);
            }
        }
    }
    /// Does not look on which connection a response came.
    TrustsReusedConnections {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::Response(response, _) => {
                    flow.inner.feed(&Feed::Response(response.clone(), Connection::Fresh));
                }
                other => flow.inner.feed(other),
            }
        }
    }
    /// Believes a problem document, though it may be owed to another request.
    RefusesOnAReusedConnection {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if matches!(feed, Feed::Response(_, Connection::Reused)) {
                flow.refuse_on(feed, &[404]);
            }
        }
    }
    /// Takes "still authorized" for "the cancel did not happen".
    TakesAuthorizedForARefusal {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if !flow.is_about_cancel() && shows(feed, "Authorized") {
                flow.claim = Some(refused(422));
            }
        }
    }
    /// Takes `Voided` for a state that no cancel leads to.
    TakesVoidedForARefusal {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if !flow.is_about_cancel() && shows(feed, "Voided") {
                let reference = REFERENCE.parse().unwrap();
                flow.claim = Some(Outcome::Refused(Refused::by_state(reference, PaymentState::Voided)));
            }
        }
    }
    /// Does not look whether an operation is in progress.
    IgnoresOperationInProgress {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, r#""operationInProgress":true"#, r#""operationInProgress":false"#));
        }
    }
    /// Makes more cancel requests than it may.
    ForgetsTheBudget {
        fn budgets(budgets: Budgets) -> Budgets {
            Budgets { further_cancels: budgets.further_cancels + 1, ..budgets }
        }
    }
    /// Begins to count anew after a resume.
    ForgetsAttempts {
        fn restore(checkpoint: &mut serde_json::Value) {
            checkpoint["cancels"] = 0.into();
        }
    }
    /// Begins anew after a resume.
    StartsAnewAfterResume {
        fn resume(_: &str, budgets: Budgets) -> Real {
            Real::start(budgets)
        }
    }
    /// Asks after a resume, but does not know that it is in doubt.
    ForgetsDoubt {
        fn resume(_: &str, budgets: Budgets) -> Real {
            let mut flow = Real::start(budgets);
            let _ = flow.step(Duration::ZERO);
            // As if the API had refused the earlier request.
            flow.feed(&Feed::Response(
                super::responses::problem(409, "payment_operation_blocked"),
                Connection::Fresh,
            ));
            flow
        }
    }
    /// Has a checkpoint before its first request. A program that resumes it believes that nothing was sent.
    HasACheckpointFromTheStart {
        fn checkpoint(flow: &Broken<Self>) -> Option<String> {
            flow.inner.checkpoint().or_else(|| Some("nothing was sent".to_owned()))
        }
    }
    /// Believes that nothing was sent when it is resumed from the checkpoint of its first request.
    TakesAFirstCheckpointForNothingSent {
        fn resume(checkpoint: &str, budgets: Budgets) -> Real {
            match checkpoint.contains(r#""cancels":1}"#) {
                true => Real::start(budgets),
                false => Real::resume(checkpoint, budgets),
            }
        }
    }
    /// Keeps a checkpoint when it has an outcome.
    KeepsItsCheckpoint {
        fn checkpoint(flow: &Broken<Self>) -> Option<String> {
            let kept = super::flow_under_test::checkpoint_after_one_cancel();
            flow.inner.checkpoint().or_else(|| flow.kind.map(|_| kept))
        }
    }
    /// Believes the first problem after a resume.
    RefusesOnAProblemAfterResume {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_resumed && flow.inner.0.queries() < 2 {
                flow.refuse_on(feed, &[404]);
            }
        }
    }
    /// Says after a resume that nothing was sent, because this process sent nothing.
    CallsAResumedFlowNotSent {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_resumed && matches!(feed, Feed::NotSent) {
                flow.claim = Some(not_sent());
            }
        }
    }
    /// Does not look whose payment a response shows.
    TrustsAnotherReference {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, "ANOTHER", REFERENCE));
        }
    }
    /// Does not look what a 200 carries.
    TrustsAny200 {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::Response(response, connection) if flow.is_about_cancel() && response.status() == 200 => {
                    flow.inner.feed(&Feed::Response(payment_in("Canceled"), *connection));
                }
                other => flow.inner.feed(other),
            }
        }
    }
    /// Reports a time-out as if nothing had been sent.
    CallsUnknownNotSent {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if matches!(feed, Feed::NoResponse) {
                flow.claim = Some(not_sent());
            }
        }
    }
    /// Asks until it knows.
    NeverGivesUp {
        fn budgets(budgets: Budgets) -> Budgets {
            Budgets { queries: u32::MAX, ..budgets }
        }
    }
}

fn shows(feed: &Feed, state: &str) -> bool {
    let is_in = |response: &Response<Vec<u8>>| *response.body() == *payment_in(state).body();
    matches!(feed, Feed::Response(response, _) if is_in(response))
        || matches!(feed, Feed::Response(response, _)
            if *response.body() == *payment(REFERENCE, state, true).body())
}

fn edited(feed: &Feed, from: &str, to: &str) -> Feed {
    let Feed::Response(response, connection) = feed else {
        return feed.clone();
    };
    let mut edited = response.clone();
    let body = String::from_utf8_lossy(response.body()).replace(from, to);
    *edited.body_mut() = body.into_bytes();
    Feed::Response(edited, *connection)
}
