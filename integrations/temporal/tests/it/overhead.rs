//! What a payment costs above a workflow with the same number of empty activities.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bambora_temporal::{Exchanges, worker_options};
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use temporalio_sdk::{ActivityOptions, Runtime, Worker, WorkflowContext, WorkflowResult};

use crate::support::fixture::{Fixture, reference};

/// How many of both kinds end together.
const TOGETHER: usize = 400;
/// How many callers of each kind wait for one outcome after the other.
const CALLERS: usize = 8;

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

/// How many of each kind ended. Both run at the same time, so what else the machine does falls on both.
#[derive(Default)]
struct Ended {
    cancels: AtomicUsize,
    empties: AtomicUsize,
}

impl Ended {
    fn counts(&self) -> (usize, usize) {
        (self.cancels.load(Ordering::Relaxed), self.empties.load(Ordering::Relaxed))
    }

    fn are_enough(&self) -> bool {
        let (cancels, empties) = self.counts();
        cancels + empties >= TOGETHER
    }
}

async fn cancel_one_after_the_other(fixture: &Fixture, caller: usize, ended: &Ended) {
    for number in 0.. {
        let reference = reference(&format!("ORDER-{caller}-{number}"));
        fixture.sandbox.authorize(reference.as_str());
        let cancel = fixture.payments.cancel(&reference).await.unwrap();
        cancel.outcome().await.unwrap().into_result().unwrap();
        if ended.are_enough() {
            return;
        }
        ended.cancels.fetch_add(1, Ordering::Relaxed);
    }
}

async fn do_nothing_one_after_the_other(fixture: &Fixture, client: &Client, caller: usize, ended: &Ended) {
    for number in 0.. {
        let id = format!("empty-{caller}-{number}");
        let options = WorkflowStartOptions::new(fixture.payments.task_queue(), id).build();
        let workflow = client.start_workflow(Empty::run, (), options).await.unwrap();
        workflow.get_result(WorkflowGetResultOptions::default()).await.unwrap();
        if ended.are_enough() {
            return;
        }
        ended.empties.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_costs_little_more_than_an_empty_activity() {
    let fixture = Fixture::alone().await;
    let (api, client) = (fixture.sandbox.api(), fixture.engine.client().await);
    let queue = fixture.payments.task_queue().to_owned();
    // A worker's future stays on its thread.
    let (tell, stop) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let http = bambora_hyper::Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .total_timeout(Duration::from_secs(5));
        let exchanges = Exchanges::with_client(http.build(api).unwrap());
        let options = worker_options(queue, exchanges).unwrap();
        let options = options.register_workflow::<Empty>().unwrap().register_activities(Nothing).build();
        runtime.block_on(async {
            let sdk = Runtime::from_current_tokio(Default::default()).unwrap();
            let mut worker = Worker::new(&sdk, client, options).unwrap();
            tell.send(worker.shutdown_handle()).unwrap();
            worker.run().await.unwrap();
        });
    });
    let stop = stop.recv().unwrap();
    let (client, ended, began) = (fixture.engine.client().await, Ended::default(), Instant::now());
    let callers = (0..CALLERS).map(|caller| {
        let (fixture, client, ended) = (&fixture, &client, &ended);
        async move {
            tokio::join!(
                cancel_one_after_the_other(fixture, caller, ended),
                do_nothing_one_after_the_other(fixture, client, caller, ended)
            )
        }
    });
    futures::future::join_all(callers).await;
    let (cancels, empties) = ended.counts();
    let ratio = cancels as f64 / empties as f64;
    println!("{cancels} cancels and {empties} empty workflows in {:.0?}: {ratio:.2}", began.elapsed());
    stop();
    tokio::task::block_in_place(|| thread.join()).unwrap();
    assert!(ratio >= 0.8, "{ratio}");
}
