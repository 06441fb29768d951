//! A flow inside a workflow: the engine's clock, its timers, and one activity for each request.

use std::time::{Duration, SystemTime};

use bambora_client::Drivable;
use bambora_core::TransportError;
use bambora_core::flow::{ExchangeResult, Observation, Step};
use temporalio_sdk::{
    ActivityExecutionError, ActivityOptions, ApplicationFailure, TimerResult, WorkflowCancellationToken,
    WorkflowContext, WorkflowTermination,
};
use temporalio_workflow::RetryPolicy;

use crate::budget::Budget;
use crate::durable_flow::{Decision, DurableFlow};
use crate::exchange::{Exchange, Hold, Reply};
use crate::exchanges::Exchanges;
use crate::gate::status;
use crate::input::Input;
use crate::status::{Phase, STATUS, Standing, WorkflowState};

/// How long a workflow waits after a worker that had no time left for its request.
const AFTER_LATE: Duration = Duration::from_secs(10);

/// The patch since which a pause leaves what was left of the budget, and a payment that is taken up gets the budget that it was
/// started with. A workflow that did either before goes on as it did: the budget decides about its steps.
const ONE_BUDGET: &str = "one-budget";

/// A workflow that runs a flow.
pub(crate) trait Durable: 'static {
    type Flow: DurableFlow;

    fn state(&self) -> &WorkflowState;
    fn state_mut(&mut self) -> &mut WorkflowState;
}

/// How a run of a workflow ends.
pub(crate) enum End<F: DurableFlow> {
    Outcome(F::Outcome),
    /// The engine's users asked for the workflow to be canceled, and this is what was known.
    Canceled(F::Outcome),
    /// The history is long: another run goes on.
    Continue(Box<Input<F>>),
}

/// Runs the flow of `input` to its end.
pub(crate) async fn drive<W: Durable>(
    context: &WorkflowContext<W>,
    input: Input<W::Flow>,
) -> Result<End<W::Flow>, WorkflowTermination> {
    Drive::begin(context, input)?.run().await
}

struct Drive<'a, W: Durable> {
    context: &'a WorkflowContext<W>,
    /// Its budget is the one that the flow began with.
    input: Input<W::Flow>,
    /// The budget of a payment that is taken up.
    granted: Budget,
    flow: W::Flow,
    /// When the flow's time began.
    began: SystemTime,
    /// How much of the time since then does not count, since nothing was decided.
    paused: Duration,
    rotated: Option<SystemTime>,
}

/// The workflow was canceled while it waited.
struct WasCanceled;

/// What a flow is at after a step.
enum After {
    /// It was fed a result, and may have its outcome.
    Result,
    /// Its next request is due.
    Rest,
}

impl<'a, W: Durable> Drive<'a, W> {
    fn begin(context: &'a WorkflowContext<W>, input: Input<W::Flow>) -> Result<Self, WorkflowTermination> {
        let policy = policy::<W>(&input.settings.budget)?;
        let seed = context.random();
        let flow = match &input.checkpoint {
            Some(checkpoint) => W::Flow::resumed(checkpoint, policy, seed),
            None => W::Flow::of(&input.merchant, &input.payment, policy, seed),
        };
        let (granted, rotated) = (input.granted.as_ref().unwrap_or(&input.settings.budget).clone(), input.rotated);
        Ok(Self { began: time(context), context, input, granted, flow, paused: Duration::ZERO, rotated })
    }

    async fn run(mut self) -> Result<End<W::Flow>, WorkflowTermination> {
        loop {
            let after = match self.flow.step(self.elapsed()) {
                Step::Send(kind) => self.exchange(kind).await?,
                Step::Wait(duration) => self.wait(duration).await,
                Step::Done(outcome) => match W::Flow::decision(&outcome) {
                    Some(decision) => return Ok(self.done(outcome, decision)),
                    None => self.stuck(&outcome).await?,
                },
            };
            let is_canceled = self.context.cancellation_token().is_cancelled();
            match after {
                // Not after a result: a flow with its outcome has no checkpoint, and would begin anew.
                Ok(After::Rest) if !is_canceled && self.context.continue_as_new_suggested() => {
                    return Ok(End::Continue(Box::new(self.rest())));
                }
                Ok(After::Rest | After::Result) if !is_canceled => {}
                Ok(_) | Err(WasCanceled) => return Ok(self.stopped()),
            }
        }
    }

    /// Has a worker make one exchange, and feeds what came of it.
    async fn exchange(&mut self, kind: <W::Flow as Drivable>::Kind) -> Stepped {
        let due = self.flow.due(kind);
        let options = options(self.input.settings.exchange_timeout, due.operation_id());
        let exchange = Exchange::new(self.input.merchant.clone(), due, self.rotated);
        self.show(|_| {});
        match self.context.execute_activity(Exchanges::exchange, exchange, options).await {
            Ok(Reply::Held { hold }) => self.held(hold).await,
            Ok(Reply::Judged { result }) if is_unauthorized(&result.observation) => self.unauthorized(result).await,
            Ok(Reply::Judged { result }) => {
                self.feed(result);
                Ok(Ok(After::Result))
            }
            Err(lost) => {
                self.feed(ExchangeResult::failed(&TransportError::unknown(reason(&lost))));
                Ok(Ok(After::Result))
            }
        }
    }

    fn feed(&mut self, result: ExchangeResult) {
        self.flow.apply(result);
        self.show(|state| state.status.hold = None);
    }

    /// The worker did not send the request: it is due again.
    async fn held(&mut self, hold: Hold) -> Stepped {
        self.flow.on_skipped();
        self.show(|state| state.status.hold = Some(hold.clone()));
        match hold {
            Hold::Unauthorized | Hold::OtherMerchant { .. } => self.pause().await,
            // Those who were held back together come back one after another.
            Hold::Throttled { wait } => Ok(self.wait(wait + wait.mul_f64(self.fraction())).await),
            Hold::Late => Ok(self.wait(AFTER_LATE).await),
        }
    }

    /// The API turned the credentials away, which says nothing about the payment.
    async fn unauthorized(&mut self, result: ExchangeResult) -> Stepped {
        match result.observation {
            // It is the API's own word that the request had no effect.
            Observation::Problem { .. } => self.flow.on_skipped(),
            // It may be a gateway's, and then it settles nothing: a query comes next.
            _ => self.flow.apply(result),
        }
        self.show(|state| state.status.hold = Some(Hold::Unauthorized));
        self.pause().await
    }

    /// Waits until it is told that the credentials were rotated. The time does not count.
    async fn pause(&mut self) -> Stepped {
        let began = time(self.context);
        let seen = self.context.state(|workflow| workflow.state().rotations);
        self.enter(Phase::Paused);
        if self.context.wait_condition(|workflow| workflow.state().rotations > seen).await.is_err() {
            return Ok(Err(WasCanceled));
        }
        self.enter(Phase::Working);
        let now = time(self.context);
        self.rotated = Some(now);
        self.paused += now.duration_since(began).unwrap_or_default();
        let budget = match self.context.patched(ONE_BUDGET) {
            true => self.left(),
            false => self.input.settings.budget.clone(),
        };
        let (policy, seed) = (policy::<W>(&budget)?, self.context.random());
        if let Some(flow) = self.flow.after_pause(&self.input.merchant, policy, seed) {
            self.go_on_with(flow, budget);
        }
        Ok(Ok(After::Rest))
    }

    /// Keeps a payment without an outcome until a person has decided what becomes of it.
    async fn stuck(&mut self, outcome: &<W::Flow as Drivable>::Outcome) -> Stepped {
        let seen = self.context.state(|workflow| workflow.state().taken_up);
        self.enter(Phase::Stuck);
        self.show(|state| state.status.message = outcome.to_string());
        let told =
            self.context.wait_condition(|workflow| workflow.state().taken_up > seen || workflow.state().closed).await;
        if told.is_err() || self.context.state(|workflow| workflow.state().closed) {
            return Ok(Err(WasCanceled));
        }
        self.enter(Phase::Working);
        let granted = match self.context.patched(ONE_BUDGET) {
            true => &self.granted,
            false => &self.input.settings.budget,
        };
        let budget = granted.on_top_of(self.flow.counts().0);
        let (policy, seed) = (policy::<W>(&budget)?, self.context.random());
        let flow = match self.flow.checkpoint() {
            Some(checkpoint) => W::Flow::resumed(&checkpoint, policy, seed),
            None => W::Flow::of(&self.input.merchant, &self.input.payment, policy, seed),
        };
        self.go_on_with(flow, budget);
        Ok(Ok(After::Rest))
    }

    fn go_on_with(&mut self, flow: W::Flow, budget: Budget) {
        self.flow = flow;
        self.input.settings.budget = budget;
        (self.began, self.paused) = (time(self.context), Duration::ZERO);
    }

    fn done(self, outcome: <W::Flow as Drivable>::Outcome, decision: Decision) -> End<W::Flow> {
        self.show(|state| {
            state.status.phase = Phase::Done;
            state.status.message = outcome.to_string();
        });
        if decision == Decision::Refused {
            self.mark(Standing::Refused);
        }
        End::Outcome(outcome)
    }

    /// Ends with the outcome that there is, or with what is known.
    fn stopped(mut self) -> End<W::Flow> {
        let outcome = self.flow.stop();
        match W::Flow::decision(&outcome) {
            Some(decision) => self.done(outcome, decision),
            None => End::Canceled(outcome),
        }
    }

    async fn wait(&self, duration: Duration) -> Result<After, WasCanceled> {
        match self.context.timer(duration).await {
            TimerResult::Fired => Ok(After::Rest),
            TimerResult::Cancelled => Err(WasCanceled),
        }
    }

    /// Returns what another run needs to go on with a flow that has no outcome.
    fn rest(self) -> Input<W::Flow> {
        let (left, checkpoint) = (self.left(), self.flow.checkpoint());
        let mut input = self.input;
        input.settings.budget = left;
        input.checkpoint = checkpoint;
        (input.granted, input.rotated) = (Some(self.granted), self.rotated);
        input
    }

    fn enter(&self, phase: Phase) {
        self.show(|state| state.status.phase = phase);
        self.mark(match phase {
            Phase::Paused => Standing::Paused,
            Phase::Stuck => Standing::Stuck,
            // A server refuses what the SDK sends to take an attribute away.
            Phase::Working | Phase::Done => Standing::Working,
        });
    }

    fn mark(&self, standing: Standing) {
        self.context.upsert_search_attributes([STATUS.value_set(standing.as_str().to_owned())]);
    }

    /// Brings the status up to date.
    fn show(&self, change: impl FnOnce(&mut WorkflowState)) {
        let (requests, queries) = self.flow.counts();
        self.context.state_mut(|workflow| {
            let state = workflow.state_mut();
            state.status.requests = requests;
            state.status.queries = queries;
            state.status.observation = self.flow.last().cloned();
            state.status.message = self.flow.last().map(ToString::to_string).unwrap_or_default();
            change(state);
        });
    }

    /// What is left of the budget that the flow began with.
    fn left(&self) -> Budget {
        self.input.settings.budget.after(self.elapsed(), self.flow.counts().1)
    }

    fn elapsed(&self) -> Duration {
        let since = time(self.context).duration_since(self.began).unwrap_or_default();
        since.saturating_sub(self.paused)
    }

    /// A number from 0 to 1.
    fn fraction(&self) -> f64 {
        f64::from(self.context.random::<u32>()) / f64::from(u32::MAX)
    }
}

/// What a step ends with: a canceled wait is no failure of the workflow.
type Stepped = Result<Result<After, WasCanceled>, WorkflowTermination>;

fn policy<W: Durable>(budget: &Budget) -> Result<<W::Flow as Drivable>::Policy, WorkflowTermination> {
    Ok(W::Flow::policy(budget).map_err(ApplicationFailure::non_retryable)?)
}

fn time<W>(context: &WorkflowContext<W>) -> SystemTime {
    // Every activation has its time; the origin does not matter.
    context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// One attempt: whether a lost request took effect is for the flow to find out. A workflow that is canceled waits for the result.
fn options(exchange_timeout: Duration, operation_id: &str) -> ActivityOptions {
    ActivityOptions::with_start_to_close_timeout(exchange_timeout)
        .retry_policy(RetryPolicy::builder().maximum_attempts(1).build())
        .cancellation_token(WorkflowCancellationToken::new())
        .summary(operation_id)
        .build()
}

fn is_unauthorized(observation: &Observation) -> bool {
    matches!(status(observation), Some(401 | 403))
}

/// Why an activity has no result. The texts are fixed, since the engine's own may change while a workflow runs.
fn reason(lost: &ActivityExecutionError) -> &'static str {
    match lost {
        ActivityExecutionError::Cancelled(_) => "the activity was canceled",
        _ if lost.as_timeout().is_some() => "the worker was lost, or did not come back in time",
        _ => "the activity failed",
    }
}
