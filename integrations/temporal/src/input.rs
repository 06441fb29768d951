//! The input of a workflow.

use std::time::{Duration, SystemTime};

use bambora_core::Merchant;
use serde::{Deserialize, Serialize};

use crate::budget::Budget;
use crate::durable_flow::DurableFlow;

/// What a workflow is started with: everything that it needs to know, and no credentials.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
#[non_exhaustive]
pub struct Input<F: DurableFlow> {
    /// Whose payment it is.
    pub merchant: Merchant,
    /// The payment's reference, or the capture or refund.
    pub payment: F::Id,
    /// How long it goes on, and how long one request may take.
    pub settings: Settings,
    /// What to go on with, if a request may have reached the server in an earlier run.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<F::Checkpoint>,
    /// The budget that the payment gets when it is taken up: the one that it was started with. In an input with it, the settings
    /// have what an earlier run left of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Budget>,
    /// When an earlier run was last told that the credentials were rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<SystemTime>,
}

fn none<T>() -> Option<T> {
    None
}

impl<F: DurableFlow> Input<F> {
    /// The input of a workflow that begins.
    #[must_use]
    pub fn new(merchant: Merchant, payment: F::Id, settings: Settings) -> Self {
        Self { merchant, payment, settings, checkpoint: None, granted: None, rotated: None }
    }
}

/// The settings of a workflow, stored with its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::exhaustive_structs, reason = "settings are written with ..Settings::default()")]
pub struct Settings {
    /// The budgets of the payment's flow.
    pub budget: Budget,
    /// How long the engine waits for the result of one exchange before it counts as lost: a minute by default. It has to be
    /// longer than the transport's total timeout, or no worker sends anything.
    pub exchange_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { budget: Budget::default(), exchange_timeout: Duration::from_secs(60) }
    }
}
