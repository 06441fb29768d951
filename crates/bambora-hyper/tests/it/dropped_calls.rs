//! Cancels that are dropped before their end: the question is not lost, and nothing is asked twice.

use std::fmt::Display;
use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;

use bambora_hyper::flow::Confirmation;
use bambora_hyper::posting::{PostingKey, PostingOutcome, PostingPolicy};
use bambora_hyper::{Amount, CancelEvent, CancelPolicy, Client, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use tokio::sync::oneshot;
use tokio::time::timeout;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    let postings = PostingPolicy::new(policy.clone());
    Client::builder().cancel_policy(policy).posting_policy(postings).build(sandbox.api()).unwrap()
}

/// A sandbox in which the first cancel of A takes effect, and whose response is held.
fn holding_sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    sandbox.fault(Operation::Cancel, "A", held);
    sandbox
}

fn operations(sandbox: &Sandbox) -> Vec<Operation> {
    let requests = sandbox.requests();
    requests.into_iter().map(|request| request.operation.unwrap().0).collect()
}

/// Polls `cancel` until the sandbox holds so many responses, and returns it to be dropped or awaited again.
async fn until_held<F>(sandbox: &Sandbox, responses: usize, mut cancel: F) -> F
where
    F: Future<Output: Display> + Unpin,
{
    let held = async {
        while !sandbox.wait_for_held(responses, Duration::ZERO) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = &mut cancel => panic!("ended: {outcome}"),
        () = held => cancel,
    }
}

fn assert_confirmed(outcome: Outcome, confirmation: Confirmation) {
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, confirmation);
}

#[tokio::test]
async fn the_next_cancel_after_a_timeout_starts_with_a_query() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    let timed_out = timeout(Duration::from_millis(50), client.cancel(&reference())).await;
    timed_out.unwrap_err();
    // On a very busy machine, the time may have been up before the request was sent.
    let was_sent = sandbox.wait_for_held(1, Duration::from_secs(5));
    sandbox.recover();
    let confirmation = match was_sent {
        true => Confirmation::Query,
        false => Confirmation::Response,
    };
    assert_confirmed(client.cancel(&reference()).await, confirmation);
    let posts = operations(&sandbox);
    let posts = posts.iter().filter(|operation| **operation == Operation::Cancel);
    assert_eq!(posts.count(), 1);
}

#[tokio::test]
async fn a_dropped_cancel_is_gone_on_with_by_the_client_and_its_clones() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    drop(until_held(&sandbox, 1, client.cancel(&reference())).await);
    sandbox.recover();
    let clone = client.clone();
    assert_confirmed(clone.cancel(&reference()).await, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
    // It is resolved: nothing is left.
    assert_eq!(client.take_unresolved(), []);
}

#[tokio::test]
async fn a_cancel_that_timed_out_can_be_awaited_again() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    let cancel = until_held(&sandbox, 1, client.cancel(&reference())).await;
    assert_eq!(cancel.checkpoint().unwrap().cancels(), 1);
    sandbox.release();
    // The very same exchange goes on.
    assert_confirmed(cancel.await, Confirmation::Response);
    assert_eq!(operations(&sandbox), [Operation::Cancel]);
    assert_eq!(client.take_unresolved(), []);
}

#[tokio::test]
async fn an_aborted_task_leaves_its_checkpoint_with_the_client() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    let cancel = client.cancel(&reference());
    let task = tokio::spawn(until_held_forever(cancel));
    while !sandbox.wait_for_held(1, Duration::ZERO) {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());

    let unresolved = client.take_unresolved();
    assert_eq!(unresolved.len(), 1);
    assert_eq!(unresolved[0].reference(), &reference());
    assert_eq!(client.take_unresolved(), []);
    sandbox.recover();
    let resumed = client.resume(&unresolved[0]).unwrap().await;
    assert_confirmed(resumed, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

async fn until_held_forever(cancel: bambora_hyper::Cancel) {
    drop(cancel.await);
}

#[tokio::test]
async fn what_was_taken_is_not_gone_on_with() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    drop(until_held(&sandbox, 1, client.cancel(&reference())).await);
    sandbox.recover();
    assert_eq!(client.take_unresolved().len(), 1);
    let outcome = client.cancel(&reference()).await;
    // A cancel of its own: it claims no more than that somebody canceled the payment before.
    assert_confirmed(outcome, Confirmation::Already);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Cancel, Operation::Query]);
}

#[tokio::test]
async fn a_resumed_cancel_that_is_dropped_is_kept_again() {
    let sandbox = holding_sandbox();
    let client = client(&sandbox);
    drop(until_held(&sandbox, 1, client.cancel(&reference())).await);
    // Never polled, neither of them: a request may still have reached the server.
    drop(client.cancel(&reference()));
    let unresolved = client.take_unresolved();
    drop(client.resume(&unresolved[0]).unwrap());
    assert_eq!(client.take_unresolved(), unresolved);
    // It is the same question all along: the client keeps it until it is resolved, and forgets it then.
    drop(client.resume(&unresolved[0]).unwrap());
    let resumed = client.resume(&unresolved[0]).unwrap();
    sandbox.recover();
    assert_confirmed(resumed.await, Confirmation::Query);
    assert_eq!(client.take_unresolved(), []);
}

#[tokio::test]
async fn a_cancel_that_was_never_polled_leaves_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    let cancel = client.cancel(&reference());
    assert_eq!(cancel.checkpoint(), None);
    drop(cancel);
    assert_eq!(client.take_unresolved(), []);
    assert_eq!(sandbox.connections(), 0);
}

/// The observer may have stored the checkpoint, or not: a cancel that goes on from it asks first.
#[tokio::test]
async fn a_drop_while_the_observer_stores_the_checkpoint_sends_nothing() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = client(&sandbox);
    let (storing, began) = oneshot::channel();
    let mut storing = Some(storing);
    let cancel = client.cancel_with(&reference(), move |event| {
        let storing = storing.take();
        async move {
            assert!(matches!(event, CancelEvent::Sending { .. }));
            storing.unwrap().send(()).unwrap();
            std::future::pending().await
        }
    });
    tokio::select! {
        outcome = cancel => panic!("ended: {outcome}"),
        began = began => began.unwrap(),
    }
    assert_eq!(sandbox.connections(), 0);
    let kept = client.take_unresolved();
    assert_eq!(kept.len(), 1);
    let resumed = client.resume(&kept[0]).unwrap().await;
    assert_confirmed(resumed, Confirmation::Response);
    assert_eq!(operations(&sandbox), [Operation::Query, Operation::Cancel]);
}

#[tokio::test]
async fn a_drop_during_a_wait_is_kept_too() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    let client = client(&sandbox);
    let (waiting, began) = oneshot::channel();
    let mut waiting = Some(waiting);
    let cancel = client.cancel_with(&reference(), move |event| {
        let waiting = waiting.take_if(|_| matches!(event, CancelEvent::Failed(_)));
        async move {
            if let Some(waiting) = waiting {
                waiting.send(()).unwrap();
                std::future::pending().await
            }
            ControlFlow::Continue(())
        }
    });
    tokio::select! {
        outcome = cancel => panic!("ended: {outcome}"),
        began = began => began.unwrap(),
    }
    assert_confirmed(client.cancel(&reference()).await, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

#[tokio::test]
async fn an_observer_that_panics_loses_no_question() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = client(&sandbox);
    let cancel = client.cancel_with(&reference(), |event| async move {
        assert!(matches!(event, CancelEvent::Sending { .. }), "on purpose");
        ControlFlow::Continue(())
    });
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "A", lost);
    assert!(tokio::spawn(cancel).await.unwrap_err().is_panic());
    assert!(sandbox.is_canceled("A"));
    assert_confirmed(client.cancel(&reference()).await, Confirmation::Query);
}

#[tokio::test]
async fn once_the_outcome_is_delivered_nothing_is_kept() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = client(&sandbox);
    let mut cancel = client.cancel(&reference());
    assert_confirmed((&mut cancel).await, Confirmation::Response);
    assert_eq!(cancel.checkpoint(), None);
    drop(cancel);

    // An unknown outcome has the checkpoint in it: the caller owns it now.
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Skip, FaultResponse::Drop);
    sandbox.fault_always(Operation::Cancel, lost);
    sandbox.fault_always(Operation::Query, lost);
    let mut cancel = client.cancel(&reference());
    let Outcome::Unknown(unknown) = (&mut cancel).await else {
        panic!("resolved");
    };
    assert_eq!(cancel.checkpoint(), Some(unknown.checkpoint));
    drop(cancel);
    assert_eq!(client.take_unresolved(), []);
}

/// Its checkpoint is the client's until it is taken or gone on with, and what was captured is not captured again.
#[tokio::test]
async fn a_dropped_capture_is_kept_like_a_dropped_cancel() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 1_000, "EUR");
    let client = client(&sandbox);
    let capture = || client.capture(&reference(), Amount::from(60), PostingKey::new("INVOICE-7").unwrap());
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    sandbox.fault_always(Operation::Capture, held);
    drop(until_held(&sandbox, 1, capture()).await);
    let kept = client.take_unresolved_postings();
    assert_eq!(kept.iter().map(|kept| &kept.order().reference).collect::<Vec<_>>(), [&reference()]);
    assert_eq!(client.take_unresolved_postings(), []);

    sandbox.recover();
    drop(client.resume_posting(&kept[0]).unwrap());
    assert_eq!(client.clone().take_unresolved_postings(), kept);
    drop(client.resume_posting(&kept[0]).unwrap());
    let PostingOutcome::Posted(posted) = capture().await else { panic!("it was captured") };
    assert_eq!(posted.confirmation, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Query, Operation::Capture, Operation::Query]);
    assert_eq!(client.take_unresolved_postings(), []);
}

/// As by a queue, or by impatient customers: none of the calls takes the question for a new one, though the first capture does not show
/// yet.
#[tokio::test]
async fn calls_that_are_repeated_at_once_do_not_capture_twice() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 1_000, "EUR");
    let client = client(&sandbox);
    let capture = || client.capture(&reference(), Amount::from(60), PostingKey::new("INVOICE-7").unwrap());
    let late = Fault::new(Effect::Late(5), FaultResponse::Drop).held();
    sandbox.fault(Operation::Capture, "A", late);
    drop(until_held(&sandbox, 1, capture()).await);
    let (one, other) = tokio::join!(capture(), capture());
    for outcome in [one, other] {
        assert!(matches!(outcome, PostingOutcome::Posted(_) | PostingOutcome::Unknown(_)), "{outcome}");
    }
    let captures = operations(&sandbox).into_iter().filter(|operation| *operation == Operation::Capture);
    assert_eq!(captures.count(), 1);
    assert_eq!(client.take_unresolved_postings(), []);
}

#[tokio::test]
async fn one_question_is_kept_for_each_payment() {
    let sandbox = Sandbox::start().unwrap();
    let client = client(&sandbox);
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    sandbox.fault_always(Operation::Cancel, held);
    let texts = ["A", "B", "C"];
    let mut cancels = Vec::new();
    for text in texts {
        sandbox.authorize(text);
        let cancel = client.cancel(&text.parse().unwrap());
        let held = cancels.len() + 1;
        cancels.push(until_held(&sandbox, held, cancel).await);
    }
    drop(cancels);
    let unresolved = client.take_unresolved();
    let mut references: Vec<_> = unresolved.iter().map(|kept| kept.reference().as_str()).collect();
    references.sort_unstable();
    assert_eq!(references, texts);
}
