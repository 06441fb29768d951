//! Starts payments' workflows, and asks for them.

use std::fmt;

use bambora_core::errors::InvalidPolicy;
use bambora_core::posting::PostingFlow;
use bambora_core::posting::{PostingKind, PostingOrder};
use bambora_core::{CancelFlow, Merchant, PaymentReference};
use futures::StreamExt as _;
use temporalio_client::errors::{ClientError, WorkflowInteractionError, WorkflowStartError};
use temporalio_client::{
    Client, WorkflowCountOptions, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowListOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::{HasWorkflowDefinition, MemoValues};

use crate::durable_flow::DurableFlow;
use crate::input::{Input, Settings};
use crate::running::{PAYMENT, Running};
use crate::status::Standing;
use crate::worker::task_queue;
use crate::workflow_id;
use crate::workflows::{CancelWorkflow, CaptureWorkflow, RefundWorkflow};

/// The payments of one merchant as workflows: starts them, finds them, and sends them signals. It needs no credentials.
#[derive(Clone)]
pub struct Payments {
    client: Client,
    merchant: Merchant,
    task_queue: String,
    settings: Settings,
}

impl Payments {
    /// The payments of `merchant` on the [task queue of the merchant](task_queue).
    #[must_use]
    pub fn new(client: Client, merchant: Merchant) -> Self {
        Self { task_queue: task_queue(&merchant), client, merchant, settings: Settings::default() }
    }

    /// Uses another task queue. Its workers have to have this merchant's credentials.
    #[must_use]
    pub fn on_task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.task_queue = task_queue.into();
        self
    }

    /// Starts workflows with other settings. Those that run already keep theirs.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] names the budget that cannot be.
    pub fn with_settings(mut self, settings: Settings) -> Result<Self, InvalidPolicy> {
        settings.budget.check()?;
        self.settings = settings;
        Ok(self)
    }

    /// Returns the task queue.
    #[must_use]
    pub fn task_queue(&self) -> &str {
        &self.task_queue
    }

    /// Cancels a payment, unless its workflow exists already: then it is that one that is returned, finished or not.
    ///
    /// # Errors
    ///
    /// [`WorkflowStartError`] if the engine did not take it.
    pub async fn cancel(&self, reference: &PaymentReference) -> Result<Running<CancelFlow>, WorkflowStartError> {
        let id = workflow_id::of_cancel(&self.merchant, reference);
        let summary = format!("cancel {}", reference.as_str());
        self.start(CancelWorkflow::run, id, reference.clone(), summary).await
    }

    /// Captures or refunds, unless the workflow of the order's key exists already: then it is that one that is returned.
    ///
    /// # Errors
    ///
    /// [`WorkflowStartError`] if the engine did not take it.
    pub async fn post(&self, order: &PostingOrder) -> Result<Running<PostingFlow>, WorkflowStartError> {
        let id = workflow_id::of_posting(&self.merchant, order);
        let summary = order.to_string();
        match order.kind {
            PostingKind::Capture => self.start(CaptureWorkflow::run, id, order.clone(), summary).await,
            PostingKind::Refund => self.start(RefundWorkflow::run, id, order.clone(), summary).await,
        }
    }

    async fn start<F: DurableFlow, W>(
        &self,
        workflow: W,
        id: String,
        payment: F::Id,
        summary: String,
    ) -> Result<Running<F>, WorkflowStartError>
    where
        W: HasWorkflowDefinition<Input = Input<F>>,
    {
        let mut memo = MemoValues::new();
        memo.insert(PAYMENT, payment.clone());
        let options = WorkflowStartOptions::new(&self.task_queue, &id)
            // One workflow per id, ever: the second caller gets the first one's outcome.
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .memo(memo)
            .static_summary(summary)
            .build();
        let input = Input::new(self.merchant.clone(), payment.clone(), self.settings.clone());
        let is_new = match self.client.start_workflow(workflow, input, options).await {
            Ok(_) => true,
            Err(WorkflowStartError::AlreadyStarted { .. }) => false,
            Err(error) => return Err(error),
        };
        Ok(Running::new(self.client.clone(), id, payment, is_new))
    }

    /// Counts the payments of the task queue that stand so. The engine's visibility is a little behind.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the engine did not respond, or does not know the [search attribute](crate::STATUS).
    pub async fn count(&self, standing: Standing) -> Result<usize, ClientError> {
        let counted = self.client.count_workflows(self.query(standing), WorkflowCountOptions::default()).await?;
        Ok(counted.count())
    }

    /// Lists the workflow ids of the payments of the task queue that stand so, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// As for [`count`](Payments::count).
    pub async fn list(&self, standing: Standing, limit: usize) -> Result<Vec<String>, ClientError> {
        let options = WorkflowListOptions::builder().limit(limit).build();
        let mut found = self.client.list_workflows(self.query(standing), options);
        let mut ids = Vec::new();
        while let Some(workflow) = found.next().await {
            ids.push(workflow?.id().to_owned());
        }
        Ok(ids)
    }

    /// Returns the visibility query of the payments of the task queue that stand so.
    #[must_use]
    pub fn query(&self, standing: Standing) -> String {
        format!("TaskQueue = '{}' AND {}", self.task_queue.replace('\'', "''"), standing.query())
    }

    /// Tells the workflow that the credentials were rotated: if it is paused, it goes on.
    ///
    /// # Errors
    ///
    /// [`WorkflowInteractionError`] if there is no such workflow, or the engine did not respond.
    pub async fn credentials_rotated(&self, id: &str) -> Result<(), WorkflowInteractionError> {
        let workflow = self.client.get_workflow_handle::<CancelWorkflow>(id);
        workflow.signal(CancelWorkflow::credentials_rotated, (), WorkflowSignalOptions::default()).await
    }

    /// Takes up a payment that is stuck, with new budgets.
    ///
    /// # Errors
    ///
    /// [`WorkflowInteractionError`] if there is no such workflow, or the engine did not respond.
    pub async fn take_up(&self, id: &str) -> Result<(), WorkflowInteractionError> {
        let workflow = self.client.get_workflow_handle::<CancelWorkflow>(id);
        workflow.signal(CancelWorkflow::take_up, (), WorkflowSignalOptions::default()).await
    }

    /// Closes the workflow of a payment that is stuck, since a person found out what became of the payment.
    ///
    /// # Errors
    ///
    /// [`WorkflowInteractionError`] if there is no such workflow, or the engine did not respond.
    pub async fn close(&self, id: &str) -> Result<(), WorkflowInteractionError> {
        let workflow = self.client.get_workflow_handle::<CancelWorkflow>(id);
        workflow.signal(CancelWorkflow::close, (), WorkflowSignalOptions::default()).await
    }
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments")
            .field("merchant", &self.merchant)
            .field("task_queue", &self.task_queue)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
