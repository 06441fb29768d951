//! The flows that a driver can drive.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::time::Duration;

use bambora_core::errors::MerchantMismatch;
use bambora_core::flow::{Connection, ExchangeResult, RequestKind, Step};
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingOrder, PostingOutcome, PostingPolicy, PostingRequestKind, RefusedBy,
};
use bambora_core::{Api, CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentReference};
use http::{Request, Response};

/// A flow that a [`Driver`](crate::Driver) can drive: [`CancelFlow`] and [`PostingFlow`], and no other.
pub trait Drivable: sealed::Sealed + Clone + Debug + Send + 'static {
    /// What the flow is about, in a map of its questions.
    type Id: Clone + Eq + Hash + Send;
    /// Its requests.
    type Kind: Copy + Debug + Display + Send;
    /// Its outcomes.
    type Outcome: Clone + Debug + Display + Send;
    /// Its checkpoints.
    type Checkpoint: Clone + Debug + PartialEq + Send + Unpin;
    /// Its budgets.
    type Policy: Clone;

    /// Starts a new flow.
    fn begin(api: &Api, id: Self::Id, policy: Self::Policy, seed: u64) -> Self;
    /// Resumes a flow from a checkpoint.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] if the checkpoint belongs to another merchant or another base URL.
    fn go_on(
        api: &Api,
        checkpoint: &Self::Checkpoint,
        policy: Self::Policy,
        seed: u64,
    ) -> Result<Self, MerchantMismatch>;
    /// Returns what the flow is about.
    fn id(&self) -> &Self::Id;
    /// Returns the reference of the payment.
    fn reference(&self) -> &PaymentReference;
    /// Returns the API's operation id of what the flow is for.
    fn operation(&self) -> &'static str;
    /// Returns the name of an outcome in logs, and why the operation did not succeed.
    fn describe(outcome: &Self::Outcome) -> (&'static str, Option<String>);
    /// Returns the API's operation id of a request.
    fn operation_id(&self, kind: Self::Kind) -> &'static str;
    /// Builds a request.
    fn request(&self, kind: Self::Kind, api: &Api) -> Request<Vec<u8>>;
    /// Judges a response.
    fn judge(&self, kind: Self::Kind, response: &Response<Vec<u8>>, connection: Connection) -> ExchangeResult;
    /// See [`CancelFlow::step`].
    fn step(&mut self, now: Duration) -> Step<Self::Kind, Self::Outcome>;
    /// See [`CancelFlow::apply`].
    fn apply(&mut self, result: ExchangeResult);
    /// See [`CancelFlow::wants_fresh_connection`].
    fn wants_fresh_connection(&self) -> bool;
    /// See [`CancelFlow::checkpoint`].
    fn checkpoint(&self) -> Option<Self::Checkpoint>;
    /// See [`CancelFlow::on_skipped`].
    fn on_skipped(&mut self);
    /// See [`CancelFlow::stop`].
    fn stop(&mut self) -> Self::Outcome;
}

/// The methods that both flows have by the same names; `$id` returns what the flow is about.
macro_rules! same_names {
    ($flow:ident, $id:ident) => {
        fn id(&self) -> &Self::Id {
            self.$id()
        }
        fn request(&self, kind: Self::Kind, api: &Api) -> Request<Vec<u8>> {
            kind.request(api, self.$id())
        }
        fn judge(&self, kind: Self::Kind, response: &Response<Vec<u8>>, connection: Connection) -> ExchangeResult {
            kind.judge(self.$id(), response, connection)
        }
        fn step(&mut self, now: Duration) -> Step<Self::Kind, Self::Outcome> {
            $flow::step(self, now)
        }
        fn apply(&mut self, result: ExchangeResult) {
            $flow::apply(self, result);
        }
        fn wants_fresh_connection(&self) -> bool {
            $flow::wants_fresh_connection(self)
        }
        fn checkpoint(&self) -> Option<Self::Checkpoint> {
            $flow::checkpoint(self)
        }
        fn on_skipped(&mut self) {
            $flow::on_skipped(self);
        }
        fn stop(&mut self) -> Self::Outcome {
            $flow::stop(self)
        }
        fn go_on(
            api: &Api,
            checkpoint: &Self::Checkpoint,
            policy: Self::Policy,
            seed: u64,
        ) -> Result<Self, MerchantMismatch> {
            checkpoint.check_merchant(api.merchant())?;
            Ok($flow::resume(checkpoint, policy, seed))
        }
        fn begin(api: &Api, id: Self::Id, policy: Self::Policy, seed: u64) -> Self {
            $flow::new(api.merchant().clone(), id, policy, seed)
        }
    };
}

impl Drivable for CancelFlow {
    type Id = PaymentReference;
    type Kind = RequestKind;
    type Outcome = Outcome;
    type Checkpoint = Checkpoint;
    type Policy = CancelPolicy;

    same_names!(CancelFlow, reference);

    fn reference(&self) -> &PaymentReference {
        self.reference()
    }

    fn operation(&self) -> &'static str {
        RequestKind::Cancel.as_str()
    }

    fn describe(outcome: &Outcome) -> (&'static str, Option<String>) {
        let cause = match outcome {
            Outcome::Canceled(_) => None,
            Outcome::Refused(refused) => match (&refused.problem, &refused.payment) {
                (Some(problem), _) => Some(problem.to_string()),
                (None, payment) => payment.as_ref().map(|payment| payment.state.to_string()),
            },
            Outcome::NotSent(not_sent) => not_sent.cause.as_ref().map(ToString::to_string),
            Outcome::Unknown(unknown) => unknown.observation.as_ref().map(ToString::to_string),
        };
        (outcome.kind().as_str(), cause)
    }

    fn operation_id(&self, kind: RequestKind) -> &'static str {
        kind.as_str()
    }
}

impl Drivable for PostingFlow {
    type Id = PostingOrder;
    type Kind = PostingRequestKind;
    type Outcome = PostingOutcome;
    type Checkpoint = PostingCheckpoint;
    type Policy = PostingPolicy;

    same_names!(PostingFlow, order);

    fn reference(&self) -> &PaymentReference {
        &self.order().reference
    }

    fn operation(&self) -> &'static str {
        self.order().kind.operation_id()
    }

    fn describe(outcome: &PostingOutcome) -> (&'static str, Option<String>) {
        let cause = match outcome {
            PostingOutcome::Posted(_) => None,
            PostingOutcome::Refused(refused) => Some(match &*refused.by {
                RefusedBy::Problem { problem, .. } => problem.to_string(),
                RefusedBy::State { payment, .. } => payment.state.to_string(),
                _ => "the key stands on another posting".to_owned(),
            }),
            PostingOutcome::NotSent(not_sent) => not_sent.observation.as_ref().map(ToString::to_string),
            PostingOutcome::Unknown(unknown) => unknown.observation.as_ref().map(ToString::to_string),
        };
        (outcome.as_str(), cause)
    }

    fn operation_id(&self, kind: PostingRequestKind) -> &'static str {
        kind.operation_id(self.order())
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for bambora_core::CancelFlow {}
    impl Sealed for bambora_core::posting::PostingFlow {}
}
