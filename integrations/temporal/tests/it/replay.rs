//! Workflows that an earlier version began run on with this one: histories that were recorded are replayed.
//!
//! `BAMBORA_RECORD=1` records the newest histories anew: only together with a new version of the workflows, and beside the old ones.

use std::path::{Path, PathBuf};
use std::{env, fs};

use bambora_core::posting::PostingKind;
use bambora_sandbox::Operation;
use bambora_temporal::{Budget, CancelWorkflow, CaptureWorkflow, RefundWorkflow, Settings, Standing};
use temporalio_client::{UntypedWorkflow, WorkflowFetchHistoryOptions, WorkflowHistory};
use temporalio_sdk::workflow_replayer::{WorkflowReplayError, WorkflowReplayer, WorkflowReplayerOptions};

use crate::support::fixture::{Fixture, order, reference, settings, soon};
use crate::support::process::WorkerProcess;

/// The versions of the workflows: the first, and the one in which a budget is counted through pauses and runs.
const VERSIONS: [&str; 2] = ["1", "2"];

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories").join(version)
}

fn newest() -> PathBuf {
    folder(VERSIONS[VERSIONS.len() - 1])
}

async fn replay(json: &[u8]) -> Result<(), WorkflowReplayError> {
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<CancelWorkflow>()
        .unwrap()
        .register_workflow::<CaptureWorkflow>()
        .unwrap()
        .register_workflow::<RefundWorkflow>()
        .unwrap()
        .build();
    WorkflowReplayer::new(options).unwrap().replay_workflow(WorkflowHistory::from_json(json).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_histories_run_on_this_version() {
    let mut replayed = 0;
    for file in VERSIONS.into_iter().flat_map(|version| fs::read_dir(folder(version)).unwrap()) {
        let path = file.unwrap().path();
        let history = fs::read(&path).unwrap();
        replay(&history).await.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        replayed += 1;
    }
    assert_eq!(replayed, 7 * VERSIONS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_this_version_would_not_make_is_noticed() {
    let history = fs::read_to_string(newest().join("cancel-in-doubt.json")).unwrap();
    let other = history.replace("\"exchange\"", "\"other\"");
    assert_ne!(history, other);
    assert!(replay(other.as_bytes()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn record_the_histories() {
    if env::var_os("BAMBORA_RECORD").is_none() {
        return;
    }
    let budget = Budget { queries: 3, ..settings().budget };
    let fixture = Fixture::with(Fixture::sandbox(), Settings { budget, ..settings() }).await;
    let fault = |operation, of: &str, fault: &str| fixture.sandbox.fault(operation, of, fault.parse().unwrap());
    for name in ["cancel", "cancel-in-doubt", "cancel-refused", "cancel-stuck", "capture", "refund"] {
        fixture.sandbox.authorize(name);
    }
    fault(Operation::Cancel, "cancel-in-doubt", "skip-then-drop");
    fault(Operation::Cancel, "cancel-in-doubt", "skip-then-429");
    fault(Operation::Query, "cancel-in-doubt", "skip-then-500");
    fault(Operation::Cancel, "cancel-refused", "skip-then-cannot_cancel");
    fault(Operation::Cancel, "cancel-stuck", "apply-then-drop");
    for _ in 0..3 {
        fault(Operation::Query, "cancel-stuck", "skip-then-500");
    }
    fault(Operation::Capture, "capture", "apply-then-reset");
    assert!(fixture.sandbox.capture("refund", 50, Some("the shop's own")));
    fault(Operation::Refund, "refund", "progress:1-then-ok");

    let mut command = fixture.worker_command();
    command.env("BAMBORA_MERCHANT_SECRET", "the-old-secret");
    let old = WorkerProcess::spawn(command);
    fixture.sandbox.authorize("cancel-paused");
    let paused = fixture.payments.cancel(&reference("cancel-paused")).await.unwrap();
    until(&fixture, Standing::Paused).await;
    drop(old);

    let _worker = fixture.worker();
    fixture.payments.credentials_rotated(paused.id()).await.unwrap();
    let _ = soon("the outcome", paused.outcome()).await.unwrap();
    let mut recorded = vec![("cancel-paused", paused.id().to_owned())];
    for name in ["cancel", "cancel-in-doubt", "cancel-refused", "cancel-stuck"] {
        let cancel = fixture.payments.cancel(&reference(name)).await.unwrap();
        if name == "cancel-stuck" {
            until(&fixture, Standing::Stuck).await;
            fixture.payments.credentials_rotated(cancel.id()).await.unwrap();
            fixture.payments.take_up(cancel.id()).await.unwrap();
        }
        let _ = soon(name, cancel.outcome()).await.unwrap();
        recorded.push((name, cancel.id().to_owned()));
    }
    for kind in [PostingKind::Capture, PostingKind::Refund] {
        let posting = fixture.payments.post(&order(kind, kind.as_str(), 10, "INVOICE-1")).await.unwrap();
        soon(kind.as_str(), posting.outcome()).await.unwrap().into_result().unwrap();
        recorded.push((kind.as_str(), posting.id().to_owned()));
    }
    fs::create_dir_all(newest()).unwrap();
    let client = fixture.engine.client().await;
    for (name, id) in recorded {
        let workflow = client.get_workflow_handle::<UntypedWorkflow>(id);
        let history = workflow.fetch_history(WorkflowFetchHistoryOptions::default()).to_json().await.unwrap();
        fs::write(newest().join(format!("{name}.json")), history).unwrap();
    }
}

async fn until(fixture: &Fixture, standing: Standing) {
    soon("a change", async {
        while fixture.payments.count(standing).await.unwrap() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await;
}
