//! What a single attempt is good for: with the engine's default of many attempts, the same checks find wrongs.

use std::env;
use std::process::Command;
use std::time::Duration;

use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_hyper::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use bambora_temporal::{Exchanges, task_queue, worker_options};
use temporalio_sdk::workflow_interceptors::{
    CancellableWorkflowOutboundFuture, ScheduleActivityInput, ScheduleActivityResult, WorkflowInterceptor,
    WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowNext,
};
use temporalio_sdk::{Runtime, Worker};

use crate::support::chance::Chance;
use crate::support::engine::connect;
use crate::support::fixture::{Fixture, hasty, soon};
use crate::support::many_payments::ManyPayments;
use crate::support::process::{WorkerProcess, configure};

const BROKEN_WORKER: &str = "BAMBORA_BROKEN_WORKER";
const KILLS: usize = 4;

/// Takes the limit of one attempt away.
struct ManyAttempts;

impl WorkflowInterceptor for ManyAttempts {
    fn schedule_activity(
        &self,
        _: WorkflowInterceptorContext,
        mut input: ScheduleActivityInput,
        next: WorkflowNext<'static, ScheduleActivityInput, CancellableWorkflowOutboundFuture<ScheduleActivityResult>>,
    ) -> CancellableWorkflowOutboundFuture<ScheduleActivityResult> {
        input.options_mut().retry_policy = None;
        next.run(input)
    }
}

/// The broken worker. Does nothing unless [`broken_worker`] has started it.
#[tokio::test]
async fn child() {
    if env::var_os(BROKEN_WORKER).is_none() {
        return;
    }
    let credentials = Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    );
    let base_url = BaseUrl::new(&env::var("BAMBORA_BASE_URL").unwrap()).unwrap();
    let api = Api::new(credentials).with_base_url(base_url);
    let queue = task_queue(api.merchant());
    let http = Client::builder().connect_timeout(Duration::from_millis(500)).total_timeout(Duration::from_millis(1500));
    let exchanges = Exchanges::with_client(http.build(api).unwrap());
    let client = connect(&env::var("TEMPORAL_ADDRESS").unwrap()).await.unwrap();
    let interceptor = WorkflowInterceptorConstructor::new(|_| ManyAttempts);
    let options = worker_options(queue, exchanges).unwrap().workflow_interceptor(interceptor).build();
    let runtime = Runtime::from_current_tokio(Default::default()).unwrap();
    Worker::new(&runtime, client, options).unwrap().run().await.unwrap();
}

fn broken_worker(fixture: &Fixture) -> WorkerProcess {
    let mut command = Command::new(env::current_exe().unwrap());
    configure(&mut command, &fixture.engine, &fixture.sandbox);
    WorkerProcess::spawn({
        command.args(["--exact", "broken_double::child"]).env(BROKEN_WORKER, "1");
        command
    })
}

/// Kills workers while many requests have taken effect and have no response yet, and returns what is wrong at the end.
async fn wrongs_after_kills(worker: fn(&Fixture) -> WorkerProcess) -> Vec<String> {
    let fixture = Fixture::with(Fixture::sandbox(), hasty()).await;
    let many = ManyPayments::new(30, 30);
    many.authorize(&fixture.sandbox);
    for operation in [Operation::Cancel, Operation::Capture, Operation::Refund] {
        let slow = Fault::new(Effect::Apply, FaultResponse::Ok).delayed(Duration::from_millis(500));
        fixture.sandbox.fault_always(operation, slow);
    }
    let started = many.start(&fixture.payments).await;
    let mut chance = Chance::new(7);
    for _ in 0..KILLS {
        let _worker = worker(&fixture);
        let requests = fixture.sandbox.requests().len() + 5 + chance.below(10);
        assert!(tokio::task::block_in_place(|| fixture.sandbox.wait_for_requests(requests, Duration::from_secs(180))));
    }
    let _worker = worker(&fixture);
    soon("the end of all payments", fixture.all_rest(started.len())).await;
    many.wrongs(&started, &fixture.sandbox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_of_requests_leaves_no_wrong() {
    assert_eq!(wrongs_after_kills(Fixture::worker).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_many_attempts_the_same_checks_fail() {
    let wrongs = wrongs_after_kills(broken_worker).await;
    println!("{} wrongs, for example: {:?}", wrongs.len(), wrongs.first());
    assert!(!wrongs.is_empty());
}
