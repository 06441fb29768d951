//! A worker for the workflows.

use bambora_core::Merchant;
use temporalio_sdk::{WorkerOptions, WorkerOptionsBuilder, WorkflowRegistrationError};

use crate::exchanges::Exchanges;
use crate::workflow_id;
use crate::workflows::{CancelWorkflow, CaptureWorkflow, RefundWorkflow};

/// Returns the task queue of a merchant: `bambora-` and the merchant number. Every merchant has a queue of its own, since its rate
/// limit is the queue's, and its workers have the credentials.
#[must_use]
pub fn task_queue(merchant: &Merchant) -> String {
    let mut queue = String::from("bambora-");
    workflow_id::escape(merchant.number.as_str(), &mut queue);
    queue
}

/// Returns the options of a worker that runs the workflows and the activity on this task queue. Set more of them before they are
/// built: a rate limit for all workers of the queue, for example.
///
/// # Errors
///
/// [`WorkflowRegistrationError`], which cannot be here: each workflow is registered once.
pub fn worker_options(
    task_queue: impl Into<String>,
    exchanges: Exchanges,
) -> Result<WorkerOptionsBuilder, WorkflowRegistrationError> {
    Ok(WorkerOptions::new(task_queue)
        .register_workflow::<CancelWorkflow>()?
        .register_workflow::<CaptureWorkflow>()?
        .register_workflow::<RefundWorkflow>()?
        .register_activities(exchanges))
}
