//! Runs to the end.

use std::future::poll_fn;
use std::pin::Pin;

use bambora_batch::{JournalError, NextStep, RunEnd, RunEvent, Runner, Status};
use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};
use futures_core::Stream as _;

use super::fixture::Fixture;
use super::temporary::reference;

#[tokio::test]
async fn every_payment_gets_the_outcome_that_is_true() {
    let fixture = Fixture::new(300);
    for number in 0..20 {
        fixture.sandbox.set_state(&format!("ORDER-{number}"), PaymentState::Captured);
    }
    fixture.sandbox.random_faults(3, 300);
    let summary = fixture.runner().jobs(16).run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
    assert_eq!(summary.next_step(), NextStep::Nothing);
    let text = summary.to_string();
    assert!(
        text.starts_with("The run has ended: every payment was worked on.\nThis run: 280 canceled, 20 ref"),
        "{text}"
    );
    assert!(text.contains("\nThe journal: 0 waiting, 0 started, 280 canceled, 20 refused, 0 stuck.\n  "), "{text}");
    assert!(text.ends_with("\nNothing is left to do."), "{text}");
    assert_eq!((summary.progress.canceled, summary.progress.refused), (280, 20));
    let reasons: u64 = summary.reasons.iter().map(|reason| reason.count).sum();
    assert_eq!(reasons, 20);
    fixture.check_rows();
}

#[tokio::test]
async fn any_number_of_jobs_is_taken() {
    for jobs in [0, usize::MAX] {
        let fixture = Fixture::new(3);
        let summary = fixture.runner().jobs(jobs).run().await.unwrap();
        assert_eq!(summary.progress.canceled, 3);
    }
}

#[tokio::test]
async fn a_result_is_told_once_and_when_it_is_in_the_journal() {
    let fixture = Fixture::new(50);
    let (run, mut results) = fixture.runner().run_streaming();
    let read = async {
        let mut told = 0;
        while let Some(recorded) = results.next().await {
            let row = fixture.journal.find(recorded.reference).await.unwrap();
            assert_eq!(row.unwrap().status, Status::Canceled);
            told += 1;
        }
        told
    };
    let (summary, told) = tokio::join!(run, read);
    assert_eq!((summary.unwrap().progress.canceled, told), (50, 50));
}

#[tokio::test]
async fn what_is_known_is_told_although_another_response_is_not_there_yet() {
    let fixture = Fixture::new(2);
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    let (run, mut results) = fixture.runner().jobs(2).run_streaming();
    let read = async {
        let first = results.next().await.unwrap().reference;
        fixture.sandbox.release();
        (first, results.next().await.unwrap().reference)
    };
    let (summary, told) = tokio::join!(run, read);
    assert_eq!(summary.unwrap().progress.canceled, 2);
    assert_eq!(told, (reference("ORDER-1"), reference("ORDER-0")));
    // Its response came in time, so nobody had to ask for it.
    assert_eq!(fixture.operations(&reference("ORDER-0")), [Operation::Cancel]);
}

#[tokio::test]
async fn the_results_are_a_stream() {
    let fixture = Fixture::new(3);
    let (run, mut results) = fixture.runner().run_streaming();
    let read = async {
        let mut messages = Vec::new();
        while let Some(recorded) = poll_fn(|context| Pin::new(&mut results).poll_next(context)).await {
            messages.push(recorded.message());
        }
        messages.sort_unstable();
        messages
    };
    let (summary, messages) = tokio::join!(run, read);
    assert_eq!(summary.unwrap().progress.canceled, 3);
    assert_eq!(messages, [0, 1, 2].map(|number| format!("payment ORDER-{number} is canceled")));
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_nothing_that_the_next_does_not_find() {
    let fixture = Fixture::new(60);
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault_always(Operation::Cancel, held);
    let run = tokio::spawn(fixture.runner().jobs(8).run());
    fixture.wait_for_held(8).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    fixture.sandbox.recover();

    let summary = fixture.runner().run().await.unwrap();
    assert_eq!(summary.progress.to_do, 60);
    assert_eq!(summary.progress.canceled, 60);
    let first = fixture.operations(&reference("ORDER-0"));
    assert_eq!(first, [Operation::Cancel, Operation::Query]);
    fixture.check_rows();
}

#[tokio::test]
async fn a_payment_that_several_runs_cannot_find_out_about_is_stuck() {
    let fixture = Fixture::new(1);
    let nothing = Fault::new(Effect::Skip, FaultResponse::Drop);
    fixture.sandbox.fault_always(Operation::Cancel, nothing);
    fixture.sandbox.fault_always(Operation::Query, nothing);
    let policy = bambora_core::CancelPolicy::builder()
        .queries(1)
        .waits(std::time::Duration::ZERO, std::time::Duration::ZERO)
        .build()
        .unwrap();
    let runner = fixture.runner().policy(policy).stuck_after(2);
    let first = runner.clone().run().await.unwrap();
    assert_eq!(first.progress.in_doubt, 1);
    assert_eq!(first.next_step(), NextStep::GoOn);
    let second = runner.clone().run().await.unwrap();
    assert_eq!(second.progress.stuck, 1);
    assert_eq!(second.next_step(), NextStep::LookAtStuck);
    assert!(second.to_string().ends_with("\nLook at the stuck payments by hand."), "{second}");
    let row = fixture.journal.find(reference("ORDER-0")).await.unwrap();
    assert!(row.unwrap().checkpoint.is_some());
    assert_eq!(runner.run().await.unwrap().progress.to_do, 0);
}

#[tokio::test]
async fn each_run_has_the_whole_budget_for_a_cancel_and_none_is_none() {
    for (further, sent, canceled) in [(2, 4, 1), (0, 1, 0)] {
        let fixture = Fixture::new(1);
        let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
        (0..=further).for_each(|_| fixture.sandbox.fault(Operation::Cancel, "ORDER-0", lost));
        let waits = std::time::Duration::ZERO;
        let policy =
            bambora_core::CancelPolicy::builder().further_cancels(further).waits(waits, waits).build().unwrap();
        let runner = fixture.runner().policy(policy);
        assert_eq!(runner.clone().run().await.unwrap().progress.in_doubt, 1);
        assert_eq!(runner.run().await.unwrap().progress.canceled, canceled);
        let operations = fixture.operations(&reference("ORDER-0"));
        let cancels = operations.iter().filter(|operation| **operation == Operation::Cancel).count();
        assert_eq!(cancels, sent, "{operations:?}");
    }
}

#[tokio::test]
async fn progress_is_told_at_the_beginning_and_at_the_end() {
    let fixture = Fixture::new(10);
    let mut progress = Vec::new();
    let told = fixture.runner().run_with(|event| {
        if let RunEvent::Progress(now) = event {
            progress.push(now);
        }
        std::future::ready(())
    });
    told.await.unwrap();
    assert_eq!(progress[0].left(), 10);
    let last = progress.last().unwrap();
    assert_eq!((last.left(), last.canceled, last.requests), (0, 10, 10));
    assert_eq!((last.in_flight, last.between_requests), (0, 0));
}

#[tokio::test]
async fn a_client_of_another_merchant_is_refused() {
    let fixture = Fixture::new(1);
    let other = Fixture::new(1);
    let error = Runner::new(&fixture.journal, &other.client).run().await;
    assert!(matches!(error, Err(JournalError::OtherBaseUrl { .. })));
    assert!(fixture.sandbox.requests().is_empty());
}
