//! Cancels, captures and refunds of the Bambora Payments API as durable workflows on [Temporal](https://temporal.io).
//!
//! **In scope:** the workflows `cancel`, `capture` and `refund`, in which the flows of `bambora-core` run; the activity that makes
//! one exchange, [`Exchanges`]; [`Payments`], which starts workflows and finds them; the worker binary `bambora-temporal`.
//!
//! **Out of scope:** running the engine; credentials in anything that is stored.
//!
//! `docs/beyond-one-machine.md` of this project says when to use it, what it promises, and how to operate it.
//!
//! # A worker
//!
//! ```no_run
//! use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
//! use bambora_temporal::{Exchanges, task_queue, worker_options};
//! use temporalio_client::envconfig::LoadClientConfigProfileOptions;
//! use temporalio_client::{Client, ClientOptions, Connection};
//! use temporalio_sdk::{Runtime, Worker};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let api = Api::new(Credentials::new(
//!         MerchantNumber::new("123456789")?,
//!         MerchantToken::new(std::env::var("BAMBORA_MERCHANT_TOKEN")?)?,
//!         MerchantSecret::new(std::env::var("BAMBORA_MERCHANT_SECRET")?)?,
//!     ));
//!     let (connection, options) = ClientOptions::load_from_config(LoadClientConfigProfileOptions::default())?;
//!     let client = Client::new(Connection::connect(connection).await?, options)?;
//!     let queue = task_queue(api.merchant());
//!     // Workflows and activities of your own can be registered, too.
//!     let options = worker_options(queue, Exchanges::new(api))?.max_task_queue_activities_per_second(20.0).build();
//!     let runtime = Runtime::from_current_tokio(Default::default())?;
//!     Worker::new(&runtime, client, options)?.run().await?;
//!     Ok(())
//! }
//! ```
//!
//! # A caller
//!
//! ```no_run
//! # use bambora_core::Merchant;
//! use bambora_temporal::Payments;
//!
//! # async fn example(client: temporalio_client::Client, merchant: Merchant) -> Result<(), Box<dyn std::error::Error>> {
//! let payments = Payments::new(client, merchant);
//! let outcome = payments.cancel(&"ORDER-1001".parse()?).await?.outcome().await?;
//! println!("{outcome}");
//! # Ok(())
//! # }
//! ```

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
