//! An async job queue whose cancels survive the death of a worker.
//!
//! Each job is a row with a checkpoint. A worker stores the checkpoint before a request leaves, through an observer that is awaited;
//! the worker that takes the row next goes on from there.
//!
//! `cargo run -p bambora-hyper --example job_queue`

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bambora_hyper::{CancelEvent, Checkpoint, Client, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use tokio::sync::Mutex;

/// A row of the shop's own database.
#[derive(Clone, Default)]
struct Job {
    checkpoint: Option<String>,
    result: Option<String>,
}

/// The shop's own database; here a map.
#[derive(Clone, Default)]
struct Database(Arc<Mutex<BTreeMap<String, Job>>>);

impl Database {
    async fn insert(&self, reference: &str) {
        let mut jobs = self.0.lock().await;
        jobs.insert(reference.to_owned(), Job::default());
    }

    async fn unfinished(&self) -> Vec<(String, Job)> {
        let jobs = self.0.lock().await;
        let unfinished = jobs.iter().filter(|(_, job)| job.result.is_none());
        unfinished.map(|(reference, job)| (reference.clone(), job.clone())).collect()
    }

    async fn update(&self, reference: &str, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.0.lock().await.get_mut(reference) {
            change(job);
        }
    }
}

async fn work(
    database: Database,
    client: Client,
    reference: String,
    job: Job,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let payment: PaymentReference = reference.parse()?;
    let observer = {
        let (database, reference) = (database.clone(), reference.clone());
        move |event| {
            let (database, reference) = (database.clone(), reference.clone());
            async move {
                if let CancelEvent::Sending { checkpoint, .. } = event {
                    // If this can fail: return ControlFlow::Break(()) then, and nothing is sent.
                    let text = checkpoint.to_string();
                    database.update(&reference, |job| job.checkpoint = Some(text)).await;
                }
                ControlFlow::Continue(())
            }
        }
    };
    let cancel = match &job.checkpoint {
        Some(stored) => {
            let checkpoint: Checkpoint = stored.parse()?;
            client.resume_with(&checkpoint, observer)?
        }
        None => client.cancel_with(&payment, observer),
    };
    match cancel.await {
        // Once more, later. The checkpoint is stored.
        Outcome::Unknown(_) => {}
        // No request ever arrived: the next worker starts again.
        Outcome::NotSent(_) => database.update(&reference, |job| job.checkpoint = None).await,
        ended => {
            let result = ended.to_string();
            database
                .update(&reference, |job| {
                    job.checkpoint = None;
                    job.result = Some(result);
                })
                .await;
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let sandbox = Sandbox::start()?;
    let database = Database::default();
    for number in 1..=4 {
        let reference = format!("ORDER-{number}");
        sandbox.authorize(&reference);
        database.insert(&reference).await;
    }
    // The second and the third cancel take effect, and their responses never come.
    for reference in ["ORDER-2", "ORDER-3"] {
        let hang = Fault::new(Effect::Apply, FaultResponse::Ok).held();
        sandbox.fault(Operation::Cancel, reference, hang);
    }
    let client = Client::new(sandbox.api());

    // The first workers are killed while some of them wait for a response.
    let mut workers = Vec::new();
    for (reference, job) in database.unfinished().await {
        workers.push(tokio::spawn(work(database.clone(), client.clone(), reference, job)));
    }
    let all_done = async {
        for worker in &mut workers {
            let _ = worker.await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(1), all_done).await.is_err() {
        for worker in &workers {
            worker.abort();
        }
    }
    // What a killed process knew is gone; the database is left.
    let client = Client::new(sandbox.api());

    for (reference, job) in database.unfinished().await {
        println!("{reference}: unfinished, with a checkpoint: {}", job.checkpoint.is_some());
        work(database.clone(), client.clone(), reference, job).await?;
    }
    for (reference, job) in database.0.lock().await.iter() {
        println!("{reference}: {}", job.result.as_deref().unwrap_or("unknown"));
        if job.result.is_none() || !sandbox.is_canceled(reference) {
            return Err("a cancel was not resolved".into());
        }
    }
    Ok(())
}
