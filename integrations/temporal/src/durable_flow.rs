//! What a workflow asks of a flow, beside what every driver does.

use std::fmt::Display;

use bambora_client::Drivable;
use bambora_core::errors::InvalidPolicy;
use bambora_core::flow::Observation;
use bambora_core::posting::PostingFlow;
use bambora_core::posting::PostingOutcome;
use bambora_core::{CancelFlow, Merchant, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::budget::Budget;
use crate::exchange::DueRequest;

/// A flow that can run inside a workflow: [`CancelFlow`] and [`PostingFlow`].
pub trait DurableFlow: Drivable<Id: Stored + PartialEq, Checkpoint: Stored, Outcome: Stored + Display> {
    #[doc(hidden)]
    fn policy(budget: &Budget) -> Result<Self::Policy, InvalidPolicy>;
    #[doc(hidden)]
    fn of(merchant: &Merchant, id: &Self::Id, policy: Self::Policy, seed: u64) -> Self;
    #[doc(hidden)]
    fn resumed(checkpoint: &Self::Checkpoint, policy: Self::Policy, seed: u64) -> Self;
    /// The request, as the activity is told.
    #[doc(hidden)]
    fn due(&self, kind: Self::Kind) -> DueRequest;
    /// How many requests to cancel or post, and how many queries, were handed out.
    #[doc(hidden)]
    fn counts(&self) -> (u32, u32);
    #[doc(hidden)]
    fn last(&self) -> Option<&Observation>;
    /// Returns a flow that goes on after a pause of any length, in which nothing was on its way, with a query first. `None`: this one
    /// goes on, because a query can make no difference.
    #[doc(hidden)]
    fn after_pause(&self, merchant: &Merchant, policy: Self::Policy, seed: u64) -> Option<Self>;
    /// What an outcome is about.
    #[doc(hidden)]
    fn about(outcome: &Self::Outcome) -> &Self::Id;
    /// What an outcome decides, if it does.
    #[doc(hidden)]
    fn decision(outcome: &Self::Outcome) -> Option<Decision>;
}

/// What an outcome decides.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a payment is done or it is not")]
pub enum Decision {
    Done,
    Refused,
}

/// What is stored in a workflow's history.
pub trait Stored: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static> Stored for T {}

impl DurableFlow for CancelFlow {
    fn policy(budget: &Budget) -> Result<Self::Policy, InvalidPolicy> {
        budget.cancel_policy()
    }

    fn of(merchant: &Merchant, id: &Self::Id, policy: Self::Policy, seed: u64) -> Self {
        Self::new(merchant.clone(), id.clone(), policy, seed)
    }

    fn resumed(checkpoint: &Self::Checkpoint, policy: Self::Policy, seed: u64) -> Self {
        Self::resume(checkpoint, policy, seed)
    }

    fn due(&self, request: Self::Kind) -> DueRequest {
        DueRequest::Cancel { reference: self.reference().clone(), request }
    }

    fn counts(&self) -> (u32, u32) {
        (self.cancels(), self.queries())
    }

    fn last(&self) -> Option<&Observation> {
        self.observation()
    }

    fn after_pause(&self, _: &Merchant, policy: Self::Policy, seed: u64) -> Option<Self> {
        // What the last query showed may be days old, and an earlier request may have been late.
        Some(Self::resume(&self.checkpoint()?, policy, seed))
    }

    fn about(outcome: &Self::Outcome) -> &Self::Id {
        outcome.reference()
    }

    fn decision(outcome: &Self::Outcome) -> Option<Decision> {
        match outcome {
            Outcome::Canceled(_) => Some(Decision::Done),
            Outcome::Refused(_) => Some(Decision::Refused),
            Outcome::NotSent(_) | Outcome::Unknown(_) => None,
        }
    }
}

impl DurableFlow for PostingFlow {
    fn policy(budget: &Budget) -> Result<Self::Policy, InvalidPolicy> {
        budget.posting_policy()
    }

    fn of(merchant: &Merchant, id: &Self::Id, policy: Self::Policy, seed: u64) -> Self {
        Self::new(merchant.clone(), id.clone(), policy, seed)
    }

    fn resumed(checkpoint: &Self::Checkpoint, policy: Self::Policy, seed: u64) -> Self {
        Self::resume(checkpoint, policy, seed)
    }

    fn due(&self, request: Self::Kind) -> DueRequest {
        DueRequest::Posting { order: self.order().clone(), request }
    }

    fn counts(&self) -> (u32, u32) {
        (self.posts(), self.queries())
    }

    fn last(&self) -> Option<&Observation> {
        self.observation()
    }

    fn after_pause(&self, merchant: &Merchant, policy: Self::Policy, seed: u64) -> Option<Self> {
        // A new flow looks before it posts. One of which a posting reached the server keeps what it knows: resumed from a
        // checkpoint it would be in doubt, and never post again.
        match self.checkpoint() {
            Some(_) => None,
            None => Some(Self::new(merchant.clone(), self.order().clone(), policy, seed)),
        }
    }

    fn about(outcome: &Self::Outcome) -> &Self::Id {
        outcome.order()
    }

    fn decision(outcome: &Self::Outcome) -> Option<Decision> {
        match outcome {
            PostingOutcome::Posted(_) => Some(Decision::Done),
            PostingOutcome::Refused(_) => Some(Decision::Refused),
            PostingOutcome::NotSent(_) | PostingOutcome::Unknown(_) => None,
        }
    }
}
