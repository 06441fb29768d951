//! `bambora-temporal worker`.

use std::error::Error;
use std::time::Duration;

use bambora_hyper::Client;
use bambora_temporal::{Exchanges, Payments, Standing, task_queue, worker_options};
use temporalio_sdk::runtime::worker_tuner::{FixedSizeSlotSupplier, TunerHolder, WorkerTuner};
use temporalio_sdk::{Runtime, Worker};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments;
use crate::environment;

pub(crate) async fn run(arguments: arguments::Worker, queue: Option<String>) -> Result<(), Box<dyn Error>> {
    let api = environment::api()?;
    let merchant = api.merchant().clone();
    let http = Client::builder().connect_timeout(arguments.connect_timeout).total_timeout(arguments.total_timeout);
    let exchanges = Exchanges::with_client(http.build(api)?);
    let queue = queue.unwrap_or_else(|| task_queue(&merchant));
    let client = environment::connect().await?;
    check_search_attribute(&Payments::new(client.clone(), merchant.clone())).await?;
    let runtime = Runtime::from_current_tokio(Default::default())?;
    let options = worker_options(&queue, exchanges)?
        .tuner(tuner(arguments.concurrency))
        .maybe_max_task_queue_activities_per_second(arguments.rate)
        // Long enough for the requests that are on their way: their results are stored, and nothing is in doubt.
        .graceful_shutdown_period(arguments.total_timeout + Duration::from_secs(5))
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    let stop = worker.shutdown_handle();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        eprintln!("bambora-temporal: waiting for the requests that are on their way");
        stop();
    });
    eprintln!("bambora-temporal: a worker for {merchant} on the task queue {queue}");
    worker.run().await?;
    Ok(())
}

/// A workflow that needs a person could not say so without it.
async fn check_search_attribute(payments: &Payments) -> Result<(), String> {
    let counted = payments.count(Standing::Stuck).await;
    counted.map(drop).map_err(|error| {
        format!(
            "cannot ask for the search attribute BamboraStatus ({error}): create it with \
             temporal operator search-attribute create --name BamboraStatus --type Keyword"
        )
    })
}

/// As many activities at the same time as are wanted, and the SDK's default of everything else.
fn tuner(activities: usize) -> WorkerTuner {
    TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(100))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(activities))
        .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .build()
        .into()
}
