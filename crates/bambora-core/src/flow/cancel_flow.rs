//! The state machine of the safe cancel.

use std::time::Duration;

use http::Response;

use super::checkpoint::Checkpoint;
use super::exchange_result::{Connection, ExchangeResult};
use super::observation::Observation;
use super::outcome::{Canceled, NotSent, Outcome, Refused, Unknown};
use super::policy::CancelPolicy;
use super::request_kind::RequestKind;
use super::schedule::{Kind, Schedule};
use super::step::Step;
use super::table::{self, CancelResult, Doubt, Next, QueryResult};
use crate::delivery::TransportError;
use crate::merchant::{Merchant, MerchantMismatch};
use crate::payment::PaymentSummary;
use crate::problem::Problem;
use crate::reference::PaymentReference;

/// A cancel that ends with one of four outcomes, whatever the network does.
///
/// The flow never makes a second cancel request while an earlier one is unresolved: a query comes between. It holds no
/// credentials and no request, only whose payment it is about. As with every query, a cancel that is made in the web back office
/// does not show in the API.
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
    schedule: Schedule<RequestKind, Outcome>,
    /// Whether a request may have reached the server.
    reached: bool,
    doubt: Doubt,
    /// The problem of the last cancel request, if that was a 402 or 422.
    rejected: Option<Problem>,
    observation: Option<Box<Observation>>,
}

impl Kind for RequestKind {
    const QUERY: Self = Self::Query;
}

impl CancelFlow {
    /// Creates a new cancel of the payment that `merchant` made as `reference`.
    ///
    /// `seed` spreads the waits of many processes: give each its own. The same seed gives the same waits.
    #[must_use]
    pub fn new(merchant: Merchant, reference: PaymentReference, policy: CancelPolicy, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(policy, seed, RequestKind::Cancel, 0),
            merchant,
            reference,
            reached: false,
            doubt: Doubt::None,
            rejected: None,
            observation: None,
        }
    }

    /// Resumes a cancel of which a request may have reached the server.
    ///
    /// A resumed flow queries first, never ends as [`Outcome::NotSent`], and is never refused on a problem document alone. The
    /// cancel requests already made count against `policy`; its queries and its time start again.
    #[must_use]
    pub fn resume(checkpoint: &Checkpoint, policy: CancelPolicy, seed: u64) -> Self {
        let merchant = checkpoint.merchant().clone();
        Self {
            schedule: Schedule::new(policy.clone(), seed, RequestKind::Query, checkpoint.cancels()),
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
        let may_be_needed = match self.schedule.outcome() {
            Some(outcome) => matches!(outcome, Outcome::Unknown(_)),
            None => self.reached || self.schedule.awaiting().is_some(),
        };
        may_be_needed.then(|| self.checkpoint_now())
    }

    fn checkpoint_now(&self) -> Checkpoint {
        Checkpoint::new(self.merchant.clone(), self.reference.clone(), self.cancels())
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

    /// Returns `true` if the request that was handed out last is to be sent on a connection that carried no other request.
    ///
    /// Only the first request of a flow may go out on a reused connection: on it, a response that does not name the payment
    /// may belong to another request.
    #[must_use]
    pub fn wants_fresh_connection(&self) -> bool {
        self.reached || self.cancels() > 1
    }

    /// Returns what to do next. `now` is the time since an origin of the caller's choice.
    ///
    /// If a request was handed out and its result was not fed, it counts as one without a response: it may have reached the
    /// server.
    pub fn step(&mut self, now: Duration) -> Step {
        self.abandon();
        let Some(step) = self.schedule.step(now) else {
            return Step::Done(self.stop());
        };
        if let Step::Send(RequestKind::Cancel) = step {
            self.rejected = None;
        }
        step
    }

    /// Feeds the response to the request that was handed out last: [`RequestKind::judge`] and [`apply`](CancelFlow::apply) in
    /// one. Ignored if no request is awaiting its result.
    pub fn on_response<B: AsRef<[u8]>>(&mut self, response: &Response<B>, connection: Connection) {
        if let Some(kind) = self.schedule.awaiting() {
            self.apply(kind.judge(&self.reference, response, connection));
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
        self.reached |= !matches!(result.observation, Observation::NotSent { .. });
        if let (Doubt::UnverifiedNotFound, Observation::Payment { .. }) = (&self.doubt, &result.observation) {
            // That 404 was not about this payment, so nothing is known of the request that seemed to get it.
            self.doubt = Doubt::Other;
        }
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
        self.schedule.take_back();
    }

    /// Ends the flow now: **not sent** if no request can have reached the server, else **unknown**.
    ///
    /// A request that was handed out counts as sent: call [`on_skipped`](CancelFlow::on_skipped) first if it was not. A flow
    /// that is done keeps its outcome.
    pub fn stop(&mut self) -> Outcome {
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

    /// Does what the tables say, or gives up if the budget for it is used up.
    fn follow(&mut self, next: Next, at_least: Duration) {
        use RequestKind::{Cancel, Query};
        let outcome = match next {
            Next::CancelAgain if self.schedule.allows(Cancel) => return self.schedule.after_a_wait(Cancel, at_least),
            Next::Query if self.schedule.allows(Query) => return self.schedule.after_a_wait(Query, at_least),
            Next::QueryAtOnce if self.schedule.allows(Query) => return self.schedule.after(Query, at_least),
            Next::CancelAgain | Next::Query | Next::QueryAtOnce => self.without_result(),
            Next::Canceled(confirmation, payment) => {
                Outcome::Canceled(Canceled { reference: self.reference.clone(), confirmation, payment })
            }
            Next::RefusedByProblem(problem, payment) => self.refused(Some(problem), payment),
            Next::RefusedByState(payment) => self.refused(self.rejected.clone(), Some(payment)),
        };
        self.schedule.finish(outcome);
    }

    fn without_result(&self) -> Outcome {
        if self.reached {
            Outcome::Unknown(Unknown { checkpoint: self.checkpoint_now(), observation: self.observation.clone() })
        } else {
            let cause = self.observation.as_ref().and_then(|last| last.cause());
            Outcome::NotSent(NotSent {
                reference: self.reference.clone(),
                attempts: self.cancels(),
                cause: cause.cloned(),
            })
        }
    }

    fn refused(&self, problem: Option<Problem>, payment: Option<PaymentSummary>) -> Outcome {
        Outcome::Refused(Refused { reference: self.reference.clone(), problem: problem.map(Box::new), payment })
    }
}
