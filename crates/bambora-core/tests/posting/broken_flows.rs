//! Flows with one mistake each, of the kind that clients in the field make. The exploration must notice every one.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

use bambora_core::Problem;
use bambora_core::posting::{PostingKind, PostingNotSent, PostingOutcome, PostingRefused, PostingRequestKind};

use super::flow_under_test::{Feed, FlowUnderTest, HOUR, Next, Real, Terms};
use super::responses::{FOREIGN, OTHER_AMOUNT, OURS, PARTIAL, REFERENCE, order, shown};

/// What a flow does wrong. What is not said is done right.
pub(crate) trait Mistake: Clone + Debug {
    fn terms(terms: Terms) -> Terms {
        terms
    }

    fn start(terms: Terms) -> Real {
        Real::start(terms)
    }

    /// Goes on from the text of a checkpoint.
    fn resume(checkpoint: &str, terms: Terms) -> Real {
        Real::resume(checkpoint, terms)
    }

    /// The time that the flow is told in its n-th step.
    fn time(now: Duration, _step: u32) -> Duration {
        now
    }

    fn wants_fresh_connection() -> bool {
        true
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
    terms: Terms,
    kind: Option<PostingRequestKind>,
    claim: Option<PostingOutcome>,
    posts: u8,
    steps: u32,
    is_resumed: bool,
    mistake: PhantomData<M>,
}

impl<M: Mistake> Broken<M> {
    fn around(inner: Real, terms: Terms, is_resumed: bool) -> Self {
        Self { inner, terms, kind: None, claim: None, posts: 0, steps: 0, is_resumed, mistake: PhantomData }
    }

    fn is_about_posting(&self) -> bool {
        self.kind == Some(PostingRequestKind::Post)
    }

    /// Whether this is the result of a query after a posting.
    fn queries_in_doubt(&self) -> bool {
        (self.is_resumed || self.posts > 0) && !self.is_about_posting()
    }

    fn refuse(&mut self) {
        let problem = Problem::new(422, "invalid_payment_state_transition");
        let refused = PostingRefused::by_problem(order(self.terms.kind), problem);
        self.claim = Some(PostingOutcome::Refused(refused));
    }

    fn is_not_sent(&mut self) {
        let not_sent = PostingNotSent::new(order(self.terms.kind));
        self.claim = Some(PostingOutcome::NotSent(not_sent));
    }

    /// Feeds a response with this status as if it came on a fresh connection.
    fn trust(&mut self, feed: &Feed, status: u16) {
        match feed {
            Feed::Response(response, _) if response.status() == status => {
                self.inner.feed(&Feed::fresh(response.clone()));
            }
            other => self.inner.feed(other),
        }
    }
}

/// A flow that has asked, and was shown a payment without any posting.
fn just_queried(terms: Terms) -> Real {
    let mut flow = Real::start(terms);
    let _ = flow.step(Duration::ZERO);
    let open = match terms.kind {
        PostingKind::Capture => "Authorized",
        PostingKind::Refund => "Captured",
    };
    flow.feed(&Feed::fresh(shown(terms.kind, open, &[])));
    flow
}

impl<M: Mistake> FlowUnderTest for Broken<M> {
    fn start(terms: Terms) -> Self {
        Self::around(M::start(M::terms(terms)), terms, false)
    }

    fn resume(checkpoint: &str, terms: Terms) -> Self {
        Self::around(M::resume(checkpoint, M::terms(terms)), terms, true)
    }

    fn step(&mut self, now: Duration) -> Next {
        if let Some(claim) = &self.claim {
            return Next::Done(claim.clone());
        }
        self.steps += 1;
        let next = self.inner.step(M::time(now, self.steps));
        if let Next::Send(kind) = next {
            self.kind = Some(kind);
            self.posts += u8::from(kind == PostingRequestKind::Post);
        }
        next
    }

    fn feed(&mut self, feed: &Feed) {
        M::feed(self, feed);
    }

    fn skip_and_stop(&mut self) -> PostingOutcome {
        self.inner.skip_and_stop()
    }

    fn checkpoint(&self) -> Option<String> {
        match self.claim {
            Some(_) => None,
            None => self.inner.checkpoint(),
        }
    }

    fn wants_fresh_connection(&self) -> bool {
        M::wants_fresh_connection()
    }

    fn fingerprint(&self) -> String {
        let Self { inner, kind, claim, posts, steps, is_resumed, .. } = self;
        format!("{} {kind:?} {claim:?} {posts} {steps} {is_resumed}", inner.fingerprint())
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
    /// Takes no response for "nothing happened", and posts again.
    PostsAgainAfterNoResponse {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::NoResponse if flow.is_about_posting() => flow.inner.feed(&Feed::NotSent),
                other => flow.inner.feed(other),
            }
        }
    }
    /// Takes a 5xx for "nothing happened", and posts again.
    PostsAgainAfterServerError {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::Response(response, _) if flow.is_about_posting() && response.status().is_server_error() => {
                    flow.inner.feed(&Feed::NotSent);
                }
                other => flow.inner.feed(other),
            }
        }
    }
    /// Posts again if a query in doubt does not show the posting.
    PostsAgainIfAbsent {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match flow.queries_in_doubt() && shows_no_posting(feed) {
                true => flow.inner = just_queried(flow.terms),
                false => flow.inner.feed(feed),
            }
        }
    }
    /// Takes any posting of the amount for its own.
    MatchesByAmountOnly {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, FOREIGN, OURS));
        }
    }
    /// Takes any posting with the key for its own.
    MatchesByKeyOnly {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, OTHER_AMOUNT, OURS));
        }
    }
    /// Does not see that the key was used for another amount.
    IgnoresAUsedKey {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, OTHER_AMOUNT, PARTIAL));
        }
    }
    /// Does not look what a 201 or 200 carries.
    TrustsAnySuccessStatus {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            match feed {
                Feed::Response(response, connection) if flow.is_about_posting() && response.status().is_success() => {
                    let mut posted = shown(flow.terms.kind, "Captured", &[OURS]);
                    *posted.status_mut() = response.status();
                    flow.inner.feed(&Feed::Response(posted, *connection));
                }
                other => flow.inner.feed(other),
            }
        }
    }
    /// Does not look whose payment a response shows.
    TrustsAnotherPayment {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, "ANOTHER", REFERENCE));
        }
    }
    /// Takes a problem for the last word, whatever was sent before.
    TrustsAProblemInDoubt {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.queries_in_doubt() && shows(feed, r#""status":422"#) {
                flow.refuse();
            }
        }
    }
    /// Takes a status for a refusal, even one that a gateway sent.
    TrustsAForeignProblem {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_about_posting() && shows(feed, "gateway") {
                flow.refuse();
            }
        }
    }
    /// Takes `Voided` for a state that no posting leads to.
    TakesVoidedForARefusal {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.queries_in_doubt() && shows(feed, "Voided") && shows_no_posting(feed) {
                flow.refuse();
            }
        }
    }
    /// Posts at once.
    ForgetsTheFirstQuery {
        fn start(terms: Terms) -> Real {
            just_queried(terms)
        }
    }
    /// Takes "not there" for "it did not happen".
    TakesAbsentAsProof {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.queries_in_doubt() && shows_no_posting(feed) {
                flow.refuse();
            }
        }
    }
    /// Begins anew after a resume: it asks, and posts.
    ResumesAsNew {
        fn resume(_: &str, terms: Terms) -> Real {
            Real::start(terms)
        }
    }
    /// Does not look on which connection a 429 came.
    Trusts429OnAReusedConnection {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.trust(feed, 429);
        }
    }
    /// Does not look on which connection a 409 came.
    Trusts409OnAReusedConnection {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.trust(feed, 409);
        }
    }
    /// Does not look on which connection a 422 came.
    Trusts422OnAReusedConnection {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.trust(feed, 422);
        }
    }
    /// Believes an older response about the same payment, which the connection owed to another query.
    QueriesFirstOnAReusedConnection {
        fn wants_fresh_connection() -> bool {
            false
        }
    }
    /// Does not look whether an operation is in progress.
    IgnoresOperationInProgress {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, r#""operationInProgress":true"#, r#""operationInProgress":false"#));
        }
    }
    /// Takes a state for a refusal, though the posting without a comment may be its own.
    TrustsAStateWithoutComments {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(&edited(feed, &format!("[{FOREIGN}]"), "[]"));
        }
    }
    /// Reports a time-out as if nothing had been sent.
    CallsNoResponseNotSent {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_about_posting() && matches!(feed, Feed::NoResponse) {
                flow.is_not_sent();
            }
        }
    }
    /// Says after a resume that nothing was sent, because this process sent nothing.
    CallsAResumedFlowNotSent {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            if flow.is_resumed && matches!(feed, Feed::NotSent) {
                flow.is_not_sent();
            }
        }
    }
    /// Takes a 429 for a query as if it were for the posting request before.
    Trusts429OfAQuery {
        fn feed(flow: &mut Broken<Self>, feed: &Feed) {
            flow.inner.feed(feed);
            let is_429 = matches!(feed, Feed::Response(response, _) if response.status() == 429);
            if flow.queries_in_doubt() && is_429 {
                flow.is_not_sent();
            }
        }
    }
    /// Makes more posting requests than it may.
    ForgetsTheBudget {
        fn terms(terms: Terms) -> Terms {
            Terms { further_posts: terms.further_posts + 1, ..terms }
        }
    }
    /// Asks until it knows.
    NeverGivesUp {
        fn terms(terms: Terms) -> Terms {
            Terms { queries: u32::MAX, ..terms }
        }
    }
    /// Has a clock that runs too fast for the time that has to pass before it may post again.
    PostsAgainTooEarly {
        fn time(now: Duration, step: u32) -> Duration {
            now + step * HOUR
        }
    }
    /// Does not know after a resume that it has posted again.
    PostsAgainAfterEachResume {
        fn resume(checkpoint: &str, terms: Terms) -> Real {
            Real::resume(&checkpoint.replace(r#","posted_again":true"#, ""), terms)
        }
    }
}

fn shows(feed: &Feed, text: &str) -> bool {
    let Feed::Response(response, _) = feed else {
        return false;
    };
    String::from_utf8_lossy(response.body()).contains(text)
}

fn shows_no_posting(feed: &Feed) -> bool {
    shows(feed, r#""captures":[]"#) || shows(feed, r#""refunds":[]"#)
}

fn edited(feed: &Feed, from: &str, to: &str) -> Feed {
    let Feed::Response(response, connection) = feed else {
        return feed.clone();
    };
    let body = String::from_utf8_lossy(response.body()).replace(from, to);
    Feed::Response(response.clone().map(|_| body.into_bytes()), *connection)
}
