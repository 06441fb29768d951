//! Runs that are stopped, once and twice.

use bambora_batch::{NextStep, RunEnd, Status, StopToken};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
use super::temporary::reference;

fn held(fixture: &Fixture) {
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault_always(Operation::Cancel, held);
}

#[tokio::test]
async fn once_lets_what_is_under_way_end_and_costs_the_rest_nothing() {
    let fixture = Fixture::new(50);
    held(&fixture);
    let stop = StopToken::new();
    let runner = fixture.runner().jobs(4).stop_token(&stop);
    let run = tokio::spawn(runner.run());
    fixture.wait_for_held(4).await;
    assert!(!stop.is_triggered());
    stop.clone().trigger();
    assert!(stop.is_triggered());
    fixture.sandbox.recover();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Stopped), "{summary}");
    let text = summary.to_string();
    assert!(text.starts_with("The run has ended: it was stopped.\nThis run: "), "{text}");
    assert!(text.ends_with("\nGo on with the journal to finish the rest."), "{text}");
    assert_eq!(summary.next_step(), NextStep::GoOn);
    let counts = fixture.counts().await;
    assert_eq!(counts.of(Status::Started), 0, "{counts}");
    let canceled = counts.of(Status::Canceled);
    assert_eq!(canceled, fixture.sandbox.requests().len() as u64);
    let last = fixture.journal.find(reference("ORDER-49")).await.unwrap();
    assert_eq!(last.unwrap().runs, 0);
}

/// The request whose response is lost is in doubt, and the next run asks for it.
#[tokio::test]
async fn once_sends_nothing_more_for_what_is_in_doubt() {
    let fixture = Fixture::new(50);
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop).held();
    fixture.sandbox.fault_always(Operation::Cancel, lost);
    let stop = StopToken::new();
    let run = tokio::spawn(fixture.runner().jobs(4).stop_token(&stop).run());
    fixture.wait_for_held(4).await;
    stop.trigger();
    // The run has to see it before the connections break.
    while fixture.counts().await.of(Status::Waiting) < 46 {
        tokio::task::yield_now().await;
    }
    fixture.sandbox.recover();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Stopped), "{summary}");
    assert_eq!(fixture.sandbox.requests().len(), 4);
    let rows = fixture.journal.page(&[Status::Started], 0, 9).await.unwrap();
    assert!(rows.len() == 4 && rows.iter().all(|row| row.runs == 0 && row.checkpoint.is_some()), "{rows:?}");
    assert_eq!(fixture.runner().run().await.unwrap().counts.unwrap().of(Status::Canceled), 50);
}

#[tokio::test]
async fn twice_ends_at_once_and_leaves_what_is_under_way_in_doubt() {
    let fixture = Fixture::new(50);
    held(&fixture);
    let stop = StopToken::new();
    let runner = fixture.runner().jobs(4).stop_token(&stop);
    let run = tokio::spawn(runner.run());
    fixture.wait_for_held(4).await;
    stop.trigger();
    stop.trigger();
    let summary = run.await.unwrap().unwrap();
    assert!(matches!(summary.end, RunEnd::Stopped), "{summary}");
    let counts = fixture.counts().await;
    assert_eq!((counts.of(Status::Started), counts.of(Status::Waiting)), (4, 46));

    fixture.sandbox.recover();
    fixture.runner().run().await.unwrap();
    assert_eq!(fixture.operations(&reference("ORDER-0")), [Operation::Cancel, Operation::Query]);
    fixture.check_rows();
}

#[tokio::test]
async fn a_run_that_was_stopped_before_it_began_sends_nothing() {
    let fixture = Fixture::new(5);
    let stop = StopToken::new();
    stop.trigger();
    let runner = fixture.runner().stop_token(&stop);
    assert!(matches!(runner.run().await.unwrap().end, RunEnd::Stopped));
    assert_eq!(fixture.counts().await.of(Status::Waiting), 5);
}
