//! The state machine of the safe cancel.

use std::time::Duration;

use http::Response;

use super::backoff::Backoff;
use super::cause::Cause;
use super::checkpoint::{Checkpoint, MerchantMismatch};
use super::exchange_result::{Connection, ExchangeResult};
use super::observation::Observation;
use super::outcome::{Canceled, Confirmation, NotSent, Outcome, Refused, Unknown};
use super::policy::CancelPolicy;
use super::request_kind::RequestKind;
use super::table::{self, CancelResult, Doubt, Next, QueryResult};
use crate::delivery::TransportError;
use crate::merchant::Merchant;
use crate::payment::PaymentSummary;
use crate::problem::Problem;
use crate::reference::PaymentReference;

/// A cancel that ends with one of four outcomes, whatever the network does.
///
/// The flow never makes a second cancel request while an earlier one is unresolved: a query comes between. It holds no
/// credentials and no request, only whose payment it is about. A caution that goes with every query: a cancel made in the web
/// back office does not show in the API.
///
/// # How to drive it
///
/// 1. Call [`step`](CancelFlow::step) with the time since an origin of your choice.
/// 2. On [`Step::Send`], store [`checkpoint`](CancelFlow::checkpoint) if the cancel has to survive a crash. Then build the
///    request with [`RequestKind::request`] and send it once: on a fresh connection if
///    [`wants_fresh_connection`](CancelFlow::wants_fresh_connection) says so.
/// 3. Feed the result: [`on_response`](CancelFlow::on_response), [`on_failure`](CancelFlow::on_failure), or
///    [`on_skipped`](CancelFlow::on_skipped) if you decided not to send it. To judge a response elsewhere, call
///    [`RequestKind::judge`] there and [`apply`](CancelFlow::apply) here.
/// 4. On [`Step::Wait`], wait that long and step again.
/// 5. On [`Step::Done`], delete the stored checkpoint unless the outcome is [`Outcome::Unknown`].
///
/// ```
/// use std::time::Instant;
/// use bambora_core::flow::{Connection, Step};
/// use bambora_core::{CancelFlow, CancelPolicy, TransportError};
/// # use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken, PaymentReference};
/// # let api = Api::new(Credentials::new(
/// #     MerchantNumber::new("123456789")?, MerchantToken::new("abcdefg")?, MerchantSecret::new("7AQu7FGB2Kwm")?));
///
/// // An HTTP stack that loses its first response.
/// let mut lost = false;
/// let mut any_http_stack = |_request: http::Request<Vec<u8>>| {
///     if !std::mem::replace(&mut lost, true) {
///         return Err(TransportError::unknown("the connection was reset"));
///     }
///     Ok(http::Response::new(br#"{"payment": "ORDER-1001", "state": "Canceled"}"#.to_vec()))
/// };
///
/// let reference: PaymentReference = "ORDER-1001".parse()?;
/// let seed = 7; // any number that differs between processes: it spreads the waits
/// let mut flow = CancelFlow::new(api.merchant().clone(), reference.clone(), CancelPolicy::default(), seed);
/// let started = Instant::now();
/// let outcome = loop {
///     match flow.step(started.elapsed()) {
///         Step::Send(kind) => match any_http_stack(kind.request(&api, &reference)) {
///             Ok(response) => flow.on_response(&response, Connection::Fresh),
///             Err(error) => flow.on_failure(&error),
///         },
///         Step::Wait(duration) => std::thread::sleep(duration),
///         Step::Done(outcome) => break outcome,
///     }
/// };
/// assert!(outcome.to_string().starts_with("canceled, confirmed by query"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CancelFlow {
    merchant: Merchant,
    reference: PaymentReference,
    policy: CancelPolicy,
    backoff: Backoff,
    started: Option<Duration>,
    state: State,
    cancels: u32,
    queries: u32,
    is_resumed: bool,
    /// Whether a request may have reached the server.
    reached: bool,
    doubt: Doubt,
    /// The problem of the last cancel request, if that was a 402 or 422.
    rejected: Option<Problem>,
    observation: Option<Box<Observation>>,
}

#[derive(Clone, Debug)]
enum State {
    /// A request is due after a pause.
    Due(RequestKind, Pause),
    /// A request was handed out, and its result was not told yet.
    Awaiting(RequestKind),
    Done(Box<Outcome>),
}

#[derive(Clone, Copy, Debug)]
enum Pause {
    /// From the next step on.
    For(Duration),
    Until(Duration),
}

/// What the driver of a [`CancelFlow`] has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(
    clippy::exhaustive_enums,
    reason = "a driver must be able to do everything it is asked"
)]
pub enum Step {
    /// Send this request once, and feed its result.
    Send(RequestKind),
    /// Wait, and step again.
    Wait(Duration),
    /// The flow has ended. Stepping again gives the same.
    Done(Outcome),
}

impl CancelFlow {
    /// A new cancel of the payment that `merchant` made as `reference`.
    ///
    /// `seed` spreads the waits of many processes: give each its own. The same seed gives the same waits.
    #[must_use]
    pub fn new(
        merchant: Merchant,
        reference: PaymentReference,
        policy: CancelPolicy,
        seed: u64,
    ) -> Self {
        Self {
            backoff: Backoff::new(policy.first_wait, policy.longest_wait, seed),
            merchant,
            reference,
            policy,
            started: None,
            state: State::Due(RequestKind::Cancel, Pause::For(Duration::ZERO)),
            cancels: 0,
            queries: 0,
            is_resumed: false,
            reached: false,
            doubt: Doubt::None,
            rejected: None,
            observation: None,
        }
    }

    /// Goes on with a cancel of which a request may have reached the server.
    ///
    /// A resumed flow queries first, never ends as [`Outcome::NotSent`], and is never refused on a problem document alone. The
    /// cancel requests already made count against `policy`; its queries and its time start again.
    #[must_use]
    pub fn resume(checkpoint: &Checkpoint, policy: CancelPolicy, seed: u64) -> Self {
        let merchant = checkpoint.merchant().clone();
        Self {
            state: State::Due(RequestKind::Query, Pause::For(Duration::ZERO)),
            cancels: checkpoint.cancels(),
            is_resumed: true,
            reached: true,
            doubt: Doubt::Other,
            ..Self::new(merchant, checkpoint.reference().clone(), policy, seed)
        }
    }

    /// Returns what to store so that the cancel can go on after a crash.
    ///
    /// `Some` exactly while a request may have reached the server and the flow has no other outcome than
    /// [`Outcome::Unknown`]: before the first request there is nothing to go on with, and a flow that was canceled or refused
    /// has an outcome.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let may_be_needed = match &self.state {
            State::Awaiting(_) => true,
            State::Due(..) => self.reached,
            State::Done(outcome) => matches!(**outcome, Outcome::Unknown(_)),
        };
        may_be_needed.then(|| self.checkpoint_now())
    }

    fn checkpoint_now(&self) -> Checkpoint {
        Checkpoint::new(self.merchant.clone(), self.reference.clone(), self.cancels)
    }

    /// Returns the reference of the payment to cancel.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    /// Checks that the flow is about a payment of `merchant`: a driver must not send its requests with another merchant's
    /// credentials, or to another address.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] names the merchant that the flow belongs to.
    pub fn check_merchant(&self, merchant: &Merchant) -> Result<(), MerchantMismatch> {
        MerchantMismatch::check(&self.merchant, merchant)
    }

    /// Returns how many cancel requests were handed out so far, including those before a resume.
    #[must_use]
    pub fn cancels(&self) -> u32 {
        self.cancels
    }

    /// Returns how many queries were handed out so far, since the last resume.
    #[must_use]
    pub fn queries(&self) -> u32 {
        self.queries
    }

    /// Returns what the last exchange showed. `None` before the first.
    #[must_use]
    pub fn observation(&self) -> Option<&Observation> {
        self.observation.as_deref()
    }

    /// Returns `true` if the request that was handed out last is to be sent on a connection that carried no other request.
    ///
    /// Only the first request of a flow may go out on a reused connection: on it, a response that does not name the payment
    /// may belong to another request.
    #[must_use]
    pub fn wants_fresh_connection(&self) -> bool {
        self.is_resumed || self.cancels + self.queries > 1
    }

    /// Returns what to do next. `now` is the time since an origin of the caller's choice.
    ///
    /// If a request was handed out and its result was not fed, it counts as one without a response: it may have reached the
    /// server.
    pub fn step(&mut self, now: Duration) -> Step {
        let started = *self.started.get_or_insert(now);
        loop {
            match &self.state {
                State::Awaiting(_) => self.abandon(),
                State::Done(outcome) => return Step::Done(outcome.as_ref().clone()),
                &State::Due(kind, pause) => match self.pause_left(pause, started, now) {
                    None => self.give_up(),
                    Some(Duration::ZERO) => return Step::Send(self.hand_out(kind)),
                    Some(pause) => {
                        self.state = State::Due(kind, Pause::Until(now.saturating_add(pause)));
                        return Step::Wait(pause);
                    }
                },
            }
        }
    }

    /// How long to pause from `now` on; `None` if the total time would be up before.
    fn pause_left(&self, pause: Pause, started: Duration, now: Duration) -> Option<Duration> {
        let spent = now.saturating_sub(started);
        let pause = match pause {
            Pause::For(duration) => duration,
            Pause::Until(then) => then.saturating_sub(now),
        };
        (pause < self.policy.deadline.saturating_sub(spent)).then_some(pause)
    }

    fn hand_out(&mut self, kind: RequestKind) -> RequestKind {
        self.state = State::Awaiting(kind);
        match kind {
            RequestKind::Cancel => {
                self.cancels = self.cancels.saturating_add(1);
                self.rejected = None;
            }
            RequestKind::Query => self.queries = self.queries.saturating_add(1),
        }
        kind
    }

    /// Feeds the response to the request that was handed out last: [`RequestKind::judge`] and [`apply`](CancelFlow::apply) in
    /// one. Ignored if no request is awaiting its result.
    pub fn on_response<B: AsRef<[u8]>>(&mut self, response: &Response<B>, connection: Connection) {
        if let State::Awaiting(kind) = self.state {
            self.apply(kind.judge(&self.reference, response, connection));
        }
    }

    /// Feeds that the request that was handed out last got no usable response. Ignored if no request is awaiting its result.
    pub fn on_failure(&mut self, error: &TransportError) {
        self.apply(ExchangeResult::failed(error));
    }

    /// Feeds the judged result of the request that was handed out last. Ignored if no request is awaiting its result.
    pub fn apply(&mut self, result: ExchangeResult) {
        let State::Awaiting(kind) = self.state else {
            return;
        };
        self.reached |= !matches!(result.observation, Observation::NotSent { .. });
        let next = match kind {
            RequestKind::Cancel => self.after_cancel(CancelResult::of(&result)),
            RequestKind::Query => {
                let result = QueryResult::of(&result);
                table::after_query(result, &self.doubt, self.rejected.as_ref())
            }
        };
        self.observation = Some(Box::new(result.observation));
        self.follow(next, result.retry_after.unwrap_or_default());
    }

    fn after_cancel(&mut self, result: CancelResult) -> Next {
        let in_doubt = !matches!(self.doubt, Doubt::None);
        match &result {
            CancelResult::UnverifiedNotFound if !in_doubt => {
                self.doubt = Doubt::UnverifiedNotFound;
            }
            CancelResult::UnverifiedNotFound | CancelResult::Inconclusive => {
                self.doubt = Doubt::Other;
            }
            CancelResult::InvalidState(problem) => self.rejected = Some(problem.clone()),
            _ => {}
        }
        table::after_cancel(result, in_doubt)
    }

    /// Takes back the request that was handed out last, because the driver decided not to send it: it does not count, and comes
    /// again with the next step. Ignored if no request is awaiting its result.
    pub fn on_skipped(&mut self) {
        let State::Awaiting(kind) = self.state else {
            return;
        };
        match kind {
            RequestKind::Cancel => self.cancels = self.cancels.saturating_sub(1),
            RequestKind::Query => self.queries = self.queries.saturating_sub(1),
        }
        self.state = State::Due(kind, Pause::For(Duration::ZERO));
    }

    /// Ends the flow now: **not sent** if no request can have reached the server, else **unknown**.
    ///
    /// A request that was handed out counts as sent: call [`on_skipped`](CancelFlow::on_skipped) first if it was not. A flow
    /// that is done keeps its outcome.
    pub fn stop(&mut self) -> Outcome {
        loop {
            match &self.state {
                State::Awaiting(_) => self.abandon(),
                State::Due(..) => self.give_up(),
                State::Done(outcome) => return outcome.as_ref().clone(),
            }
        }
    }

    /// Treats the request that was handed out last as one without a response.
    fn abandon(&mut self) {
        let cause = Cause::new("the exchange was abandoned");
        let observation = Observation::NoResponse { cause };
        self.apply(ExchangeResult::new(observation, Connection::Fresh));
    }

    /// Does what the tables say, or gives up if the budget for it is used up.
    fn follow(&mut self, next: Next, at_least: Duration) {
        let outcome = match next {
            Next::CancelAgain if self.cancels < self.policy.cancels() => {
                return self.after_a_wait(RequestKind::Cancel, at_least);
            }
            Next::Query if self.queries < self.policy.queries => {
                return self.after_a_wait(RequestKind::Query, at_least);
            }
            Next::QueryAtOnce if self.queries < self.policy.queries => {
                return self.after(RequestKind::Query, at_least);
            }
            Next::CancelAgain | Next::Query | Next::QueryAtOnce => self.without_result(),
            Next::CanceledByResponse(payment) => self.canceled(payment, Confirmation::Response),
            Next::CanceledByQuery(payment) => self.canceled(payment, Confirmation::Query),
            Next::AlreadyCanceled(payment) => self.canceled(payment, Confirmation::Already),
            Next::RefusedByProblem(problem, payment) => self.refused(Some(problem), payment),
            Next::RefusedByState(payment) => self.refused(self.rejected.clone(), Some(payment)),
        };
        self.state = State::Done(Box::new(outcome));
    }

    fn after_a_wait(&mut self, kind: RequestKind, at_least: Duration) {
        let pause = self.backoff.next().max(at_least);
        self.after(kind, pause);
    }

    fn after(&mut self, kind: RequestKind, pause: Duration) {
        self.state = State::Due(kind, Pause::For(pause));
    }

    fn give_up(&mut self) {
        self.state = State::Done(Box::new(self.without_result()));
    }

    fn without_result(&self) -> Outcome {
        if self.reached {
            Outcome::Unknown(Unknown {
                checkpoint: self.checkpoint_now(),
                observation: self.observation.clone(),
            })
        } else {
            let cause = self.observation.as_ref().and_then(|last| last.cause());
            Outcome::NotSent(NotSent {
                reference: self.reference.clone(),
                attempts: self.cancels,
                cause: cause.cloned(),
            })
        }
    }

    fn canceled(&self, payment: PaymentSummary, confirmation: Confirmation) -> Outcome {
        Outcome::Canceled(Canceled {
            reference: self.reference.clone(),
            confirmation,
            payment,
        })
    }

    fn refused(&self, problem: Option<Problem>, payment: Option<PaymentSummary>) -> Outcome {
        Outcome::Refused(Refused {
            reference: self.reference.clone(),
            problem: problem.map(Box::new),
            payment,
        })
    }
}
