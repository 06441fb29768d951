//! The state machine of a capture or a refund.

use std::time::Duration;

use http::Response;

use super::checkpoint::PostingCheckpoint;
use super::order::PostingOrder;
use super::outcome::{Posted, PostingNotSent, PostingOutcome, PostingRefused, PostingUnknown};
use super::policy::PostingPolicy;
use super::request_kind::PostingRequestKind;
use super::table::{self, Next, PostResult, QueryResult};
use crate::delivery::TransportError;
use crate::flow::{Connection, ExchangeResult, Kind, Observation, Schedule, Step};
use crate::merchant::{Merchant, MerchantMismatch};

/// A capture or refund that is made exactly once, whatever the network does.
///
/// The flow queries first: if the payment has the posting already, nothing is sent. In doubt it never posts again, it queries until
/// the posting shows. It is driven like a [`CancelFlow`](crate::CancelFlow), and holds no credentials and no request either.
///
/// "Exactly once" rests on three things: the key is unique within the payment, no other flow posts by the same key at the same
/// time, and the server returns the comments of captures and refunds. If it does not, the flow ends as unknown, and never posts
/// twice.
///
/// ```
/// use std::time::Duration;
/// use bambora_core::flow::{Connection, Step};
/// use bambora_core::posting::{PostingKey, PostingOrder, PostingPolicy, PostingRequestKind};
/// use bambora_core::posting::PostingFlow;
/// use bambora_core::{Amount, BaseUrl, Merchant, MerchantNumber};
///
/// let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
/// let key = PostingKey::new("INVOICE-7")?;
/// let order = PostingOrder::capture("ORDER-1001".parse()?, Amount::from(1_000), key);
/// let mut flow = PostingFlow::new(merchant, order, PostingPolicy::default(), 7);
///
/// // Nothing is posted before a query has shown that the posting is not there.
/// assert_eq!(flow.step(Duration::ZERO), Step::Send(PostingRequestKind::Query));
/// let authorized = http::Response::new(r#"{"payment": "ORDER-1001", "state": "Authorized"}"#);
/// flow.on_response(&authorized, Connection::Fresh);
///
/// assert_eq!(flow.step(Duration::ZERO), Step::Send(PostingRequestKind::Post));
/// let captured = r#"{"payment": "ORDER-1001", "state": "Captured",
///     "captures": [{"amount": 1000, "comment": "INVOICE-7"}]}"#;
/// let captured = http::Response::builder().status(201).body(captured)?;
/// flow.on_response(&captured, Connection::Fresh);
///
/// let Step::Done(outcome) = flow.step(Duration::ZERO) else { panic!("the capture is confirmed") };
/// assert_eq!(outcome.to_string(), "captured: 1000 minor units; nothing more to do");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PostingFlow {
    merchant: Merchant,
    order: PostingOrder,
    schedule: Schedule<PostingRequestKind, PostingOutcome>,
    /// Whether a posting request may have taken effect, or may still.
    in_doubt: bool,
    /// A moment by which the request in doubt had been handed over, if it was.
    in_doubt_since: Option<Duration>,
    has_posted_again: bool,
    post_again_after: Option<Duration>,
    observation: Option<Box<Observation>>,
}

impl Kind for PostingRequestKind {
    const QUERY: Self = Self::Query;
}

impl PostingFlow {
    /// Creates a new capture or refund.
    ///
    /// `seed` spreads the waits of many processes: give each its own. The same seed gives the same waits.
    #[must_use]
    pub fn new(merchant: Merchant, order: PostingOrder, policy: PostingPolicy, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(policy.budgets, seed, PostingRequestKind::Query, 0),
            merchant,
            order,
            in_doubt: false,
            in_doubt_since: None,
            has_posted_again: false,
            post_again_after: policy.post_again_after,
            observation: None,
        }
    }

    /// Resumes a capture or refund of which a request may have reached the server.
    ///
    /// A resumed flow is in doubt from the start: it queries, never ends as [`PostingOutcome::NotSent`], and is never refused on a
    /// problem document.
    #[must_use]
    pub fn resume(checkpoint: &PostingCheckpoint, policy: PostingPolicy, seed: u64) -> Self {
        let (merchant, order) = (checkpoint.merchant().clone(), checkpoint.order().clone());
        Self {
            schedule: Schedule::new(policy.budgets.clone(), seed, PostingRequestKind::Query, checkpoint.posts()),
            in_doubt: true,
            has_posted_again: checkpoint.has_posted_again(),
            ..Self::new(merchant, order, policy, seed)
        }
    }

    /// Returns what to store so that the posting can go on after a crash: `Some` exactly while a posting request may have taken
    /// effect, or is handed out, and the flow has no other outcome than [`PostingOutcome::Unknown`].
    #[must_use]
    pub fn checkpoint(&self) -> Option<PostingCheckpoint> {
        let may_be_needed = match self.schedule.outcome() {
            Some(outcome) => matches!(outcome, PostingOutcome::Unknown(_)),
            None => self.in_doubt || self.schedule.awaiting() == Some(PostingRequestKind::Post),
        };
        may_be_needed.then(|| self.checkpoint_now())
    }

    fn checkpoint_now(&self) -> PostingCheckpoint {
        let (merchant, order) = (self.merchant.clone(), self.order.clone());
        PostingCheckpoint::new(merchant, order, self.posts()).posted_again(self.has_posted_again)
    }

    /// Returns the capture or refund.
    #[must_use]
    pub fn order(&self) -> &PostingOrder {
        &self.order
    }

    /// Checks that the flow is about a payment of `merchant`.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] names the merchant that the flow belongs to.
    pub fn check_merchant(&self, merchant: &Merchant) -> Result<(), MerchantMismatch> {
        MerchantMismatch::check(&self.merchant, merchant)
    }

    /// Returns how many posting requests were handed out so far, including those before a resume.
    #[must_use]
    pub fn posts(&self) -> u32 {
        self.schedule.changes()
    }

    /// Returns how many queries were handed out so far, since the last resume.
    #[must_use]
    pub fn queries(&self) -> u32 {
        self.schedule.queries()
    }

    /// Returns what the last exchange showed. `None` before the first.
    #[must_use]
    pub fn observation(&self) -> Option<&Observation> {
        self.observation.as_deref()
    }

    /// Returns `true`: every request is to be sent on a connection that carried no other request. On a reused one, even the first
    /// query could be given an older response about the same payment, from before an earlier posting.
    #[must_use]
    #[allow(clippy::unused_self, reason = "a driver asks every kind of flow the same")]
    pub fn wants_fresh_connection(&self) -> bool {
        true
    }

    /// Returns what to do next. `now` is the time since an origin of the caller's choice.
    ///
    /// If a request was handed out and its result was not fed, it counts as one without a response.
    pub fn step(&mut self, now: Duration) -> Step<PostingRequestKind, PostingOutcome> {
        if self.in_doubt {
            self.in_doubt_since.get_or_insert(now);
        }
        self.abandon();
        let Some(step) = self.schedule.step(now) else {
            return Step::Done(self.stop());
        };
        if let Step::Send(PostingRequestKind::Post) = step {
            self.has_posted_again |= self.in_doubt;
        }
        step
    }

    /// Feeds the response to the request that was handed out last: [`PostingRequestKind::judge`] and
    /// [`apply`](PostingFlow::apply) in one. Ignored if no request is awaiting its result.
    pub fn on_response<B: AsRef<[u8]>>(&mut self, response: &Response<B>, connection: Connection) {
        if let Some(kind) = self.schedule.awaiting() {
            self.apply(kind.judge(&self.order, response, connection));
        }
    }

    /// Feeds that the request that was handed out last got no usable response. Ignored if no request is awaiting its result.
    pub fn on_failure(&mut self, error: &TransportError) {
        self.apply(ExchangeResult::failed(error));
    }

    /// Feeds the judged result of the request that was handed out last. Ignored if no request is awaiting its result.
    pub fn apply(&mut self, result: ExchangeResult) {
        let Some(kind) = self.schedule.awaiting() else {
            return;
        };
        let next = match kind {
            PostingRequestKind::Post => self.after_post(&result),
            PostingRequestKind::Query if self.in_doubt => {
                table::after_query_in_doubt(QueryResult::of(&result), self.may_post_again())
            }
            PostingRequestKind::Query => table::after_query(QueryResult::of(&result), self.posts() > 0),
        };
        self.observation = Some(Box::new(result.observation));
        self.follow(next, result.retry_after.unwrap_or_default());
    }

    fn after_post(&mut self, result: &ExchangeResult) -> Next {
        let result = PostResult::of(result);
        let was_in_doubt = self.in_doubt;
        self.in_doubt |= matches!(result, PostResult::Inconclusive);
        table::after_post(result, was_in_doubt)
    }

    /// Only with the opt-in, once, and if the query that is being judged was handed out late enough.
    fn may_post_again(&self) -> bool {
        let (Some(after), Some(since)) = (self.post_again_after, self.in_doubt_since) else {
            return false;
        };
        !self.has_posted_again && self.schedule.now().saturating_sub(since) >= after
    }

    /// Takes back the request that was handed out last, because the driver decided not to send it: it does not count, and comes
    /// again with the next step. Ignored if no request is awaiting its result.
    pub fn on_skipped(&mut self) {
        if self.schedule.awaiting() == Some(PostingRequestKind::Post) {
            self.has_posted_again &= !self.in_doubt;
        }
        self.schedule.take_back();
    }

    /// Ends the flow now: **not sent** if no posting request can have taken effect, else **unknown**.
    ///
    /// A request that was handed out counts as sent: call [`on_skipped`](PostingFlow::on_skipped) first if it was not. A flow that
    /// is done keeps its outcome.
    pub fn stop(&mut self) -> PostingOutcome {
        self.abandon();
        let outcome = self.schedule.outcome().cloned().unwrap_or_else(|| self.without_result());
        self.schedule.finish(outcome.clone());
        outcome
    }

    /// Treats a request whose result was never fed as one without a response.
    fn abandon(&mut self) {
        if self.schedule.awaiting().is_some() {
            self.apply(ExchangeResult::abandoned());
        }
    }

    fn follow(&mut self, next: Next, at_least: Duration) {
        use PostingRequestKind::{Post, Query};
        let may_post = self.schedule.allows(Post) || self.in_doubt;
        let outcome = match next {
            Next::Post if may_post => return self.schedule.after(Post, at_least),
            Next::PostAgain if may_post => return self.schedule.after_a_wait(Post, at_least),
            Next::Query if self.schedule.allows(Query) => return self.schedule.after_a_wait(Query, at_least),
            Next::Post | Next::PostAgain | Next::Query => self.without_result(),
            Next::Done(confirmation, payment) => {
                PostingOutcome::Posted(Posted { order: Box::new(self.order.clone()), confirmation, payment })
            }
            Next::Refused(by) => PostingOutcome::Refused(PostingRefused::new(self.order.clone(), by)),
        };
        self.schedule.finish(outcome);
    }

    fn without_result(&self) -> PostingOutcome {
        let observation = self.observation.clone();
        if self.in_doubt {
            PostingOutcome::Unknown(PostingUnknown { checkpoint: self.checkpoint_now(), observation })
        } else {
            PostingOutcome::NotSent(PostingNotSent { order: Box::new(self.order.clone()), observation })
        }
    }
}
