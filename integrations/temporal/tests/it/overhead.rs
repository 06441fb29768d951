//! What a payment costs above a workflow with the same number of empty activities.

use std::time::{Duration, Instant};

use bambora_temporal::{Exchanges, worker_options};
use futures::StreamExt as _;
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use temporalio_sdk::{ActivityOptions, Runtime, Worker, WorkflowContext, WorkflowResult};

use crate::support::fixture::{Fixture, reference};

/// How many of each in one round.
const ROUND: usize = 20;
/// What other processes do meanwhile falls on both kinds, if there are enough rounds.
const ROUNDS: usize = 9;
const AT_ONCE: usize = 10;

struct Nothing;

#[activities]
impl Nothing {
    #[activity]
    async fn nothing(_context: ActivityContext) -> Result<(), ActivityError> {
        Ok(())
    }
}

/// As long as a cancel that goes well: one activity.
#[workflow]
#[derive(Default)]
struct Empty;

#[workflow_methods]
impl Empty {
    #[run(name = "empty")]
    async fn run(context: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        context.execute_activity(Nothing::nothing, (), options).await?;
        Ok(())
    }
}

async fn cancels(fixture: &Fixture, round: usize) -> Duration {
    let references: Vec<_> = (0..ROUND).map(|number| reference(&format!("ORDER-{round}-{number}"))).collect();
    references.iter().for_each(|reference| fixture.sandbox.authorize(reference.as_str()));
    let began = Instant::now();
    futures::stream::iter(&references)
        .for_each_concurrent(AT_ONCE, |reference| async {
            let cancel = fixture.payments.cancel(reference).await.unwrap();
            cancel.outcome().await.unwrap().into_result().unwrap();
        })
        .await;
    began.elapsed()
}

async fn empties(fixture: &Fixture, round: usize) -> Duration {
    let client = &fixture.engine.client().await;
    let began = Instant::now();
    futures::stream::iter(0..ROUND)
        .for_each_concurrent(AT_ONCE, |number| async move {
            let options = WorkflowStartOptions::new(fixture.payments.task_queue(), format!("empty-{round}-{number}"));
            let workflow = client.start_workflow(Empty::run, (), options.build()).await.unwrap();
            workflow.get_result(WorkflowGetResultOptions::default()).await.unwrap();
        })
        .await;
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_costs_little_more_than_an_empty_activity() {
    let fixture = Fixture::set().await;
    let (api, client) = (fixture.sandbox.api(), fixture.engine.client().await);
    let queue = fixture.payments.task_queue().to_owned();
    // A worker's future stays on its thread.
    let stop = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let exchanges = Exchanges::with_timeouts(api, Duration::from_secs(1), Duration::from_secs(5)).unwrap();
        let options = worker_options(queue, exchanges).unwrap();
        let options = options.register_workflow::<Empty>().unwrap().register_activities(Nothing).build();
        runtime.block_on(async {
            let sdk = Runtime::from_current_tokio(Default::default()).unwrap();
            let mut worker = Worker::new(&sdk, client, options).unwrap();
            worker.run().await.unwrap();
        });
    });
    // The first round of each opens connections.
    cancels(&fixture, 999).await;
    empties(&fixture, 999).await;
    let (mut canceling, mut nothing, mut ratios) = (Duration::ZERO, Duration::ZERO, Vec::new());
    for round in 0..ROUNDS {
        let times = (cancels(&fixture, round).await, empties(&fixture, round).await);
        canceling += times.0;
        nothing += times.1;
        ratios.push(times.1.as_secs_f64() / times.0.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    let per_second = |time: Duration| (ROUND * ROUNDS) as f64 / time.as_secs_f64();
    println!(
        "{:.1} cancels and {:.1} empty workflows per second; the median of {ROUNDS} ratios is {median:.2}",
        per_second(canceling),
        per_second(nothing)
    );
    assert!(median >= 0.8, "{ratios:.2?}");
    drop(stop);
}
