//! The safe cancel: a state machine that asks until it knows, within a budget, and says what it does not know.

mod backoff;
mod checkpoint;
mod event;
mod evidence;
mod outcome;
mod policy;
mod retry_after;
mod table;

pub use checkpoint::{Checkpoint, InvalidCheckpoint, ResumeError};
pub use event::{CancelEvent, RequestKind};
pub use evidence::Evidence;
pub use outcome::{
    Basis, Canceled, NotCanceled, NotSent, Outcome, OutcomeKind, Refusal, Refused, Unknown,
};
pub use policy::{CancelPolicy, CancelPolicyBuilder, InvalidPolicy};

use std::time::{Duration, Instant};

use http::{Request, Response};

use crate::{Api, CancelPayment, Delivery, Operation, Payment, PaymentReference, QueryPayment};
use backoff::Backoff;
use checkpoint::RejectionRecord;
use table::{CancelAnswer, Next, QueryAnswer, Rejection};

/// A cancel that is carried through to one of four outcomes, whatever the network does.
///
/// The machine has no clock and no socket. Its driver asks [`step`](CancelFlow::step) what to do, does it, and tells what came
/// of it with [`on_response`](CancelFlow::on_response) or [`on_failure`](CancelFlow::on_failure). The clients of this family
/// have such a driver; for another HTTP stack it is the loop below.
///
/// It never makes a second cancel request while an earlier one is unresolved: a query comes between. What it claims, and
/// what that rests on, is in two tables in the documentation of this project's safe cancel.
///
/// A caution that goes with every query: a cancel made in the web back office does not show in the API.
///
/// ```
/// use std::time::Instant;
/// use bambora_core::{CancelFlow, CancelPolicy, Delivery, Outcome, Step};
/// # use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
/// # let api = Api::new(Credentials::new(
/// #     MerchantNumber::new("123456789")?, MerchantToken::new("abcdefg")?, MerchantSecret::new("7AQu7FGB2Kwm")?));
///
/// // An HTTP stack whose first answer gets lost on the way.
/// let mut lost = false;
/// let mut any_http_stack = |_request: http::Request<Vec<u8>>| {
///     if !std::mem::replace(&mut lost, true) {
///         return Err(Delivery::Unknown);
///     }
///     Ok(http::Response::new(br#"{"payment": "ORDER-1001", "state": "Canceled"}"#.to_vec()))
/// };
///
/// let seed = 7; // any number that differs between processes: it spreads the waits
/// let mut flow = CancelFlow::new(api, "ORDER-1001".parse()?, CancelPolicy::default(), seed);
/// let outcome = loop {
///     match flow.step(Instant::now()) {
///         Step::Send(_, request) => match any_http_stack(request) {
///             Ok(response) => flow.on_response(&response),
///             Err(delivery) => flow.on_failure(delivery),
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
    api: Api,
    reference: PaymentReference,
    policy: CancelPolicy,
    backoff: Backoff,
    started: Option<Instant>,
    state: State,
    cancels: u32,
    queries: u32,
    reached: bool,
    doubt: bool,
    rejection: Option<Rejection>,
    evidence: Evidence,
}

#[derive(Clone, Debug)]
enum State {
    /// A request is to be made, after a pause.
    Due(RequestKind, Pause),
    /// A request was handed out, and what came of it was not told yet.
    Awaiting(RequestKind),
    Done(Box<Outcome>),
}

#[derive(Clone, Copy, Debug)]
enum Pause {
    /// From the next step on.
    For(Duration),
    Until(Instant),
}

/// What the driver of a [`CancelFlow`] is to do.
#[derive(Clone, Debug)]
#[must_use]
#[allow(
    clippy::exhaustive_enums,
    reason = "a driver must be able to do everything it is asked"
)]
pub enum Step {
    /// Send this request once, and tell what came of it.
    Send(RequestKind, Request<Vec<u8>>),
    /// Wait, and step again.
    Wait(Duration),
    /// The end. Stepping again gives the same.
    Done(Outcome),
}

impl CancelFlow {
    /// A new cancel of the payment that was made as `reference`.
    ///
    /// `seed` spreads the waits of many processes: give each another one. The same seed gives the same waits.
    #[must_use]
    pub fn new(api: Api, reference: PaymentReference, policy: CancelPolicy, seed: u64) -> Self {
        Self {
            backoff: Backoff::new(policy.first_wait, policy.longest_wait, seed),
            api,
            reference,
            policy,
            started: None,
            state: State::Due(RequestKind::Cancel, Pause::For(Duration::ZERO)),
            cancels: 0,
            queries: 0,
            reached: false,
            doubt: false,
            rejection: None,
            evidence: Evidence::Nothing,
        }
    }

    /// Goes on where a checkpoint was taken, with a query first if any request may have reached the server.
    ///
    /// The cancel requests already made count against `policy`; its queries and its time begin anew.
    ///
    /// # Errors
    ///
    /// [`ResumeError`] if `api` is not the one that the checkpoint belongs to: the same reference would name another payment.
    pub fn resume(
        api: Api,
        checkpoint: Checkpoint,
        policy: CancelPolicy,
        seed: u64,
    ) -> Result<Self, ResumeError> {
        checkpoint.belongs_to(&api)?;
        let mut flow = Self::new(api, checkpoint.reference, policy, seed);
        flow.cancels = checkpoint.cancels;
        flow.reached = checkpoint.reached;
        flow.doubt = checkpoint.doubt;
        flow.evidence = checkpoint.evidence;
        flow.rejection = checkpoint.rejection.map(|record| Rejection::from(*record));
        if flow.reached {
            flow.state = State::Due(RequestKind::Query, Pause::For(Duration::ZERO));
        } else if flow.cancels >= flow.policy.cancels() {
            flow.give_up();
        }
        Ok(flow)
    }

    /// What a resumed flow would need to go on from here, also while a request is on its way.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint_with(match self.state {
            State::Awaiting(kind) => Some(kind),
            State::Due(..) | State::Done(_) => None,
        })
    }

    /// The checkpoint of a flow whose request of this kind is on its way.
    fn checkpoint_with(&self, on_its_way: Option<RequestKind>) -> Checkpoint {
        Checkpoint {
            base_url: self.api.base_url().to_string(),
            merchant_number: self.api.credentials().merchant_number().as_str().to_owned(),
            reference: self.reference.clone(),
            cancels: self.cancels,
            reached: self.reached || on_its_way.is_some(),
            doubt: self.doubt || on_its_way == Some(RequestKind::Cancel),
            evidence: self.evidence.clone(),
            rejection: self
                .rejection
                .as_ref()
                .map(|rejection| Box::new(RejectionRecord::from(rejection))),
        }
    }

    /// The payment to cancel.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    /// How many cancel requests were handed out so far, before a resume included.
    #[must_use]
    pub fn cancels(&self) -> u32 {
        self.cancels
    }

    /// How many queries were handed out so far, since the last resume.
    #[must_use]
    pub fn queries(&self) -> u32 {
        self.queries
    }

    /// The last thing that was learned.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What to do next, at the time `now`.
    ///
    /// If a request was handed out and nothing was told of it, it counts as unanswered: it may have reached the server.
    pub fn step(&mut self, now: Instant) -> Step {
        let started = *self.started.get_or_insert(now);
        loop {
            match &self.state {
                State::Awaiting(_) => self.on_failure(Delivery::Unknown),
                State::Done(outcome) => return Step::Done(outcome.as_ref().clone()),
                &State::Due(kind, pause) => match self.pause_left(pause, started, now) {
                    None => self.give_up(),
                    Some(Duration::ZERO) => return Step::Send(kind, self.hand_out(kind)),
                    Some(pause) => {
                        let then = now.checked_add(pause).unwrap_or(now);
                        self.state = State::Due(kind, Pause::Until(then));
                        return Step::Wait(pause);
                    }
                },
            }
        }
    }

    /// How long to pause from `now` on; `None` where the time over all would be up before.
    fn pause_left(&self, pause: Pause, started: Instant, now: Instant) -> Option<Duration> {
        let spent = now.saturating_duration_since(started);
        let pause = match pause {
            Pause::For(duration) => duration,
            Pause::Until(then) => then.saturating_duration_since(now),
        };
        (pause < self.policy.deadline.saturating_sub(spent)).then_some(pause)
    }

    fn hand_out(&mut self, kind: RequestKind) -> Request<Vec<u8>> {
        self.state = State::Awaiting(kind);
        match kind {
            RequestKind::Cancel => {
                self.cancels += 1;
                self.rejection = None;
                self.api.request(&self.cancel_payment())
            }
            RequestKind::Query => {
                self.queries += 1;
                self.api.request(&self.query_payment())
            }
        }
    }

    fn cancel_payment(&self) -> CancelPayment {
        CancelPayment::new(self.reference.clone())
    }

    fn query_payment(&self) -> QueryPayment {
        QueryPayment::new(self.reference.clone())
    }

    /// Tells the answer to the request that was handed out last. Ignored where no request is waiting for one.
    pub fn on_response<B: AsRef<[u8]>>(&mut self, response: &Response<B>) {
        let State::Awaiting(kind) = self.state else {
            return;
        };
        self.reached = true;
        let limit = self.policy.body_limit;
        let result = match kind {
            RequestKind::Cancel => self.cancel_payment().parse_within(response, limit),
            RequestKind::Query => self.query_payment().parse_within(response, limit),
        };
        self.evidence = Evidence::of(&result);
        let result = result.map(Box::new);
        let next = match kind {
            RequestKind::Cancel => self.judge_cancel(CancelAnswer::new(result)),
            RequestKind::Query => self.judge_query(QueryAnswer::new(result)),
        };
        self.follow(next, retry_after::asked_for(response));
    }

    /// Tells that the request that was handed out last brought no answer. Ignored where no request is waiting for one.
    pub fn on_failure(&mut self, delivery: Delivery) {
        let State::Awaiting(kind) = self.state else {
            return;
        };
        let (evidence, cancel_answer) = match delivery {
            Delivery::NotSent => (Evidence::NotSent, CancelAnswer::NotSent),
            Delivery::Unknown => (Evidence::NoAnswer, CancelAnswer::Open),
        };
        self.reached |= delivery == Delivery::Unknown;
        self.evidence = evidence;
        let next = match kind {
            RequestKind::Cancel => self.judge_cancel(cancel_answer),
            RequestKind::Query => self.judge_query(QueryAnswer::Nothing),
        };
        self.follow(next, Duration::ZERO);
    }

    /// Tells that the request that was handed out last was not sent, because who drives the flow decided so: it does not count,
    /// and comes again with the next step. Ignored where no request is waiting for an answer.
    pub fn on_withheld(&mut self) {
        let State::Awaiting(kind) = self.state else {
            return;
        };
        match kind {
            RequestKind::Cancel => self.cancels = self.cancels.saturating_sub(1),
            RequestKind::Query => self.queries = self.queries.saturating_sub(1),
        }
        self.state = State::Due(kind, Pause::For(Duration::ZERO));
    }

    /// Ends the flow here and now: **not sent** if no request can have reached the server, else **unknown**.
    ///
    /// A request that was handed out counts as sent. Who withheld it tells that first, with
    /// [`on_withheld`](CancelFlow::on_withheld). A flow that is done keeps its outcome.
    pub fn stop(&mut self) -> Outcome {
        loop {
            match &self.state {
                State::Awaiting(_) => self.on_failure(Delivery::Unknown),
                State::Due(..) => self.give_up(),
                State::Done(outcome) => return outcome.as_ref().clone(),
            }
        }
    }

    fn judge_cancel(&mut self, answer: CancelAnswer) -> Next {
        match &answer {
            CancelAnswer::Open => self.doubt = true,
            CancelAnswer::Rejected(rejection) => self.rejection = Some(rejection.clone()),
            _ => {}
        }
        table::after_cancel(answer, self.doubt)
    }

    fn judge_query(&self, answer: QueryAnswer) -> Next {
        table::after_query(answer, self.doubt, self.rejection.as_ref())
    }

    /// Does what the tables say, or gives up where the budget for it is used up.
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
            Next::CanceledByAnswer(payment) => canceled(payment, Basis::Answer),
            Next::CanceledByQuery(payment) => canceled(payment, Basis::Query),
            Next::AlreadyCanceled(payment) => canceled(payment, Basis::AlreadyCanceled),
            Next::RefusedByProblem(Rejection { status, problem }, payment) => {
                self.refused(Refusal::Problem {
                    status,
                    problem,
                    payment,
                })
            }
            Next::RefusedByState(payment) => self.refused(Refusal::State {
                payment,
                problem: self.rejection.clone().map(|rejection| rejection.problem),
            }),
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
            // Whatever was on its way has been judged.
            Outcome::Unknown(Unknown {
                checkpoint: self.checkpoint_with(None),
            })
        } else {
            Outcome::NotSent(NotSent {
                reference: self.reference.clone(),
                attempts: self.cancels,
            })
        }
    }

    fn refused(&self, refusal: Refusal) -> Outcome {
        Outcome::Refused(Refused {
            reference: self.reference.clone(),
            refusal,
        })
    }
}

fn canceled(payment: Box<Payment>, basis: Basis) -> Outcome {
    Outcome::Canceled(Canceled { payment, basis })
}
