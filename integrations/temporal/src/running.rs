//! One payment's workflow, running or finished.

use std::fmt;

use temporalio_client::errors::{WorkflowGetResultError, WorkflowQueryError};
use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflow, WorkflowDescribeOptions, WorkflowGetResultOptions,
    WorkflowQueryOptions,
};
use temporalio_common::data_converters::{
    PayloadConversionError, SerializationContextData, WorkflowSerializationContext,
};

use crate::durable_flow::DurableFlow;
use crate::status::{Standing, Status};
use crate::workflows::CancelWorkflow;

/// The field of the memo that says which payment the workflow is about.
pub(crate) const PAYMENT: &str = "payment";

/// The workflow of a payment.
pub struct Running<F: DurableFlow> {
    client: Client,
    id: String,
    payment: F::Id,
    is_new: bool,
}

impl<F: DurableFlow> Running<F> {
    pub(crate) fn new(client: Client, id: String, payment: F::Id, is_new: bool) -> Self {
        Self { client, id, payment, is_new }
    }

    /// Returns the workflow's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns `false` if the workflow existed already.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Waits for the outcome. A payment that is paused or stuck has none until a person has done something.
    ///
    /// # Errors
    ///
    /// [`NoOutcome`] if the workflow was closed without a decision, is about another amount, or the engine did not respond.
    pub async fn outcome(&self) -> Result<F::Outcome, NoOutcome> {
        if !self.is_new {
            // Another amount is found out now, not when that one has its outcome.
            self.standing().await?;
        }
        let workflow = self.client.get_workflow_handle::<UntypedWorkflow>(&self.id);
        let raw = match workflow.get_result(WorkflowGetResultOptions::default()).await {
            Ok(raw) => raw,
            Err(WorkflowGetResultError::Cancelled { .. } | WorkflowGetResultError::Terminated { .. }) => {
                return Err(NoOutcome::Closed);
            }
            Err(error) => return Err(error.into()),
        };
        let payload = raw.payloads.into_iter().next().unwrap_or_default();
        let context = SerializationContextData::Workflow(WorkflowSerializationContext::new());
        let outcome: F::Outcome = self.client.data_converter().from_payload(&context, payload).await?;
        if F::about(&outcome) != &self.payment { Err(NoOutcome::OtherAmount) } else { Ok(outcome) }
    }

    /// Asks the engine how the payment stands: what it says is up to date, and no worker has to be running.
    ///
    /// # Errors
    ///
    /// [`NoOutcome::OtherAmount`] if the workflow is about another amount, or the engine did not respond.
    pub async fn standing(&self) -> Result<Standing, NoOutcome> {
        let workflow = self.client.get_workflow_handle::<UntypedWorkflow>(&self.id);
        let description = workflow.describe(WorkflowDescribeOptions::default()).await;
        let description = description.map_err(WorkflowGetResultError::from)?;
        match description.memo().get::<F::Id>(PAYMENT)? {
            Some(payment) if payment != self.payment => Err(NoOutcome::OtherAmount),
            _ => Ok(Standing::of(&description)),
        }
    }

    /// Asks what the workflow does. A worker has to be running.
    ///
    /// # Errors
    ///
    /// [`WorkflowQueryError`] if the engine or a worker did not respond.
    pub async fn status(&self) -> Result<Status, WorkflowQueryError> {
        // The three workflows have the same query.
        let workflow = self.client.get_workflow_handle::<CancelWorkflow>(&self.id);
        workflow.query(CancelWorkflow::status, (), WorkflowQueryOptions::default()).await
    }
}

impl<F: DurableFlow> fmt::Debug for Running<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("id", &self.id).field("is_new", &self.is_new).finish_non_exhaustive()
    }
}

/// Why a workflow has no outcome for its caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoOutcome {
    /// The workflow was canceled, closed or terminated before the payment had an outcome.
    #[error("the workflow was closed before the payment had an outcome: look into its history, and query the payment")]
    Closed,
    /// The key stands on a workflow with another amount.
    #[error("there is a workflow of this key with another amount: use a key of its own for each capture and refund")]
    OtherAmount,
    /// The engine did not respond, or the workflow failed.
    #[error(transparent)]
    Engine(#[from] WorkflowGetResultError),
    /// The result is not an outcome that this version reads.
    #[error(transparent)]
    Unreadable(#[from] PayloadConversionError),
}
