//! Cancels, captures and refunds as durable workflows on Temporal.

mod budget;
mod drive;
mod durable_flow;
mod exchange;
mod exchanges;
mod gate;
mod input;
mod payments;
mod running;
mod status;
mod worker;
pub mod workflow_id;
mod workflows;

pub use budget::Budget;
pub use durable_flow::{Decision, DurableFlow, Stored};
pub use exchange::{DueRequest, Exchange, Hold, Reply};
pub use exchanges::Exchanges;
pub use input::{Input, Settings};
pub use payments::Payments;
pub use running::{NoOutcome, Running};
pub use status::{Phase, STATUS, Standing, Status};
pub use worker::{task_queue, worker_options};
pub use workflows::{CancelWorkflow, CaptureWorkflow, RefundWorkflow};
