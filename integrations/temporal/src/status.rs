//! How a payment's workflow stands, and what it was told.

use bambora_core::flow::Observation;
use serde::{Deserialize, Serialize};
use temporalio_client::{WorkflowExecutionDescription, WorkflowExecutionStatus};
use temporalio_common::search_attributes::SearchAttributeKey;

use crate::exchange::Hold;

/// The search attribute of the payments that need a person: a keyword, `paused`, `stuck` or `refused`; `working` if the payment was
/// taken up since. No other payment has it, because each change of it costs the engine about as much as a request.
pub const STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("BamboraStatus");

/// How payments stand, as visibility queries can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// Canceled.
    Canceled,
    /// Captured.
    Captured,
    /// Refunded.
    Refunded,
    /// Refused: a person looks at what was done with the payment.
    Refused,
    /// Worked on, or waiting for the time of the next request.
    Working,
    /// See [`Phase::Paused`].
    Paused,
    /// See [`Phase::Stuck`].
    Stuck,
    /// The workflow was closed, canceled or terminated, or failed, before the payment had an outcome.
    Closed,
}

impl Standing {
    /// All, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::Canceled,
        Self::Captured,
        Self::Refunded,
        Self::Refused,
        Self::Working,
        Self::Paused,
        Self::Stuck,
        Self::Closed,
    ];

    /// Returns how the workflow stands that the engine describes so.
    pub(crate) fn of(workflow: &WorkflowExecutionDescription) -> Self {
        use WorkflowExecutionStatus as Execution;
        let status = workflow.search_attributes().get(&STATUS);
        match (workflow.status(), status.as_deref()) {
            (Execution::Completed, Some("refused")) => Self::Refused,
            (Execution::Completed, _) => match workflow.workflow_type() {
                "capture" => Self::Captured,
                "refund" => Self::Refunded,
                _ => Self::Canceled,
            },
            (Execution::Canceled | Execution::Terminated | Execution::Failed | Execution::TimedOut, _) => Self::Closed,
            (_, Some("paused")) => Self::Paused,
            (_, Some("stuck")) => Self::Stuck,
            _ => Self::Working,
        }
    }

    /// Returns the name in a report: `canceled`, `captured`, `refunded`, `refused`, `working`, `paused`, `stuck` or `closed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Refused => "refused",
            Self::Working => "working",
            Self::Paused => "paused",
            Self::Stuck => "stuck",
            Self::Closed => "closed",
        }
    }

    /// Returns the visibility query of the workflows on any task queue that stand so.
    #[must_use]
    pub fn query(self) -> &'static str {
        match self {
            Self::Canceled => {
                "WorkflowType = 'cancel' AND ExecutionStatus = 'Completed' AND \
                 (BamboraStatus IS NULL OR BamboraStatus = 'working')"
            }
            Self::Captured => {
                "WorkflowType = 'capture' AND ExecutionStatus = 'Completed' AND \
                 (BamboraStatus IS NULL OR BamboraStatus = 'working')"
            }
            Self::Refunded => {
                "WorkflowType = 'refund' AND ExecutionStatus = 'Completed' AND \
                 (BamboraStatus IS NULL OR BamboraStatus = 'working')"
            }
            Self::Refused => "BamboraStatus = 'refused'",
            Self::Working => {
                "WorkflowType IN ('cancel', 'capture', 'refund') AND ExecutionStatus = 'Running' AND \
                 (BamboraStatus IS NULL OR BamboraStatus = 'working')"
            }
            // A workflow that was closed by hand keeps the attribute that it had last.
            Self::Paused => "BamboraStatus = 'paused' AND ExecutionStatus = 'Running'",
            Self::Stuck => "BamboraStatus = 'stuck' AND ExecutionStatus = 'Running'",
            Self::Closed => {
                "WorkflowType IN ('cancel', 'capture', 'refund') AND \
                 ExecutionStatus IN ('Canceled', 'Terminated', 'Failed', 'TimedOut')"
            }
        }
    }
}

/// What the query `status` returns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// What the workflow does, or waits for.
    pub phase: Phase,
    /// How many requests to cancel or post were handed out, including those of earlier runs.
    pub requests: u32,
    /// How many queries were handed out in this run.
    pub queries: u32,
    /// What the last exchange showed.
    pub observation: Option<Observation>,
    /// Why the last request that was due was not sent, if it was not.
    pub hold: Option<Hold>,
    /// The last observation, or the outcome, in a sentence.
    pub message: String,
}

/// What a workflow does, or waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// It sends requests, or waits until the next is due.
    Working,
    /// The API turned the credentials away: it waits for the signal `credentials_rotated`, for as long as it takes.
    Paused,
    /// Its budget is used up without an outcome: it waits for the signal `take_up` or `close`.
    Stuck,
    /// It has an outcome.
    Done,
}

/// The state of a workflow: its status, and the signals that it got.
#[derive(Debug)]
pub(crate) struct WorkflowState {
    pub(crate) status: Status,
    /// How many times it was told that the credentials were rotated.
    pub(crate) rotations: u32,
    /// How many times it was told to take the payment up again.
    pub(crate) taken_up: u32,
    pub(crate) closed: bool,
}

impl Default for WorkflowState {
    fn default() -> Self {
        let status = Status {
            phase: Phase::Working,
            requests: 0,
            queries: 0,
            observation: None,
            hold: None,
            message: String::new(),
        };
        Self { status, rotations: 0, taken_up: 0, closed: false }
    }
}
