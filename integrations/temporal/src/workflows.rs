//! The workflows: one for each operation.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "the SDK's macros write a marker for each method, with neither"
)]

use bambora_core::posting::PostingFlow;
use bambora_core::posting::PostingOutcome;
use bambora_core::{CancelFlow, Outcome};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult,
    WorkflowTermination,
};

use crate::drive::{Durable, End, drive};
use crate::input::Input;
use crate::status::{Status, WorkflowState};

/// A workflow of this name, flow and outcome. All have the same signals and the same query.
macro_rules! durable {
    ($(#[$doc:meta])* $workflow:ident, $name:literal, $flow:ident, $outcome:ident) => {
        $(#[$doc])*
        #[workflow]
        #[derive(Debug, Default)]
        pub struct $workflow {
            state: WorkflowState,
        }

        impl Durable for $workflow {
            type Flow = $flow;

            fn state(&self) -> &WorkflowState {
                &self.state
            }

            fn state_mut(&mut self) -> &mut WorkflowState {
                &mut self.state
            }
        }

        #[workflow_methods]
        impl $workflow {
            /// Runs the flow to its outcome.
            ///
            /// # Errors
            ///
            /// Ends as canceled, with what was known as its details, if the workflow is canceled or closed.
            #[run(name = $name)]
            pub async fn run(context: &mut WorkflowContext<Self>, input: Input<$flow>) -> WorkflowResult<$outcome> {
                match drive(context, input).await? {
                    End::Outcome(outcome) => Ok(outcome),
                    End::Canceled(outcome) => Err(WorkflowTermination::cancelled_with_details(outcome)),
                    End::Continue(input) => match context.continue_as_new(*input, ContinueAsNewOptions::default())? {},
                }
            }

            /// Takes up a payment that is paused, since the merchant's credentials were rotated or got their permissions.
            #[signal]
            pub fn credentials_rotated(&mut self, _context: &mut SyncWorkflowContext<Self>) {
                self.state.rotations += 1;
            }

            /// Takes up a payment that is stuck, with new budgets.
            #[signal]
            pub fn take_up(&mut self, _context: &mut SyncWorkflowContext<Self>) {
                self.state.taken_up += 1;
            }

            /// Closes the workflow of a payment that is stuck, as canceled, since a person found out what became of the payment.
            #[signal]
            pub fn close(&mut self, _context: &mut SyncWorkflowContext<Self>) {
                self.state.closed = true;
            }

            /// Tells how the payment stands.
            #[query]
            pub fn status(&self, _context: &WorkflowContextView) -> Status {
                self.state.status.clone()
            }
        }
    };
}

durable!(
    /// The workflow `cancel`: one safe cancel, for as long as it takes.
    CancelWorkflow, "cancel", CancelFlow, Outcome
);

durable!(
    /// The workflow `capture`: one capture, exactly once by its key.
    CaptureWorkflow, "capture", PostingFlow, PostingOutcome
);

durable!(
    /// The workflow `refund`: one refund, exactly once by its key.
    RefundWorkflow, "refund", PostingFlow, PostingOutcome
);
