//! Cancels over real sockets.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bambora_client::{CancelEvent, ClientBuilder};
use bambora_core::flow::{Confirmation, RequestKind};
use bambora_core::{BaseUrl, CancelPolicy, Checkpoint, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::clients::{AnyClient, for_each_client};

fn client<C: AnyClient>(sandbox: &Sandbox) -> C {
    let policy = CancelPolicy::builder().waits(Duration::from_millis(1), Duration::from_millis(4)).build().unwrap();
    ClientBuilder::<C>::new().cancel_policy(policy).build(sandbox.api()).unwrap()
}

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

fn sandbox_that(fault: Fault) -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", fault);
    sandbox
}

fn operations(sandbox: &Sandbox) -> Vec<Operation> {
    let requests = sandbox.requests();
    requests.into_iter().map(|request| request.operation.unwrap().0).collect()
}

fn a_lost_response_is_resolved_by_a_query<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Drop));
    let Outcome::Canceled(canceled) = client::<C>(&sandbox).cancel(&reference()) else {
        panic!("not canceled");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

fn a_lost_request_is_made_again_after_a_query<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Reset));
    let outcome = client::<C>(&sandbox).cancel(&reference());
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query, Operation::Cancel]);
}

fn the_observer_is_told_of_every_step_and_can_end_it<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Drop));
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let outcome = client::<C>(&sandbox).cancel_with(&reference(), move |event| {
        log.lock().unwrap().push(event.to_string());
        match event {
            CancelEvent::Sending { kind: RequestKind::Cancel, checkpoint, .. } if checkpoint.cancels() == 2 => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    });
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    // The second one was never sent.
    assert_eq!(unknown.checkpoint.cancels(), 1);
    let mut told = told.lock().unwrap();
    told.retain(|event| !event.starts_with("waiting"));
    assert_eq!(
        *told,
        ["sending cancel_payment", "no response", "sending query_payment", "received 200", "sending cancel_payment"]
    );
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

fn an_observer_that_breaks_before_the_first_request_means_not_sent<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = client::<C>(&sandbox);
    let outcome = client.cancel_with(&reference(), |_| ControlFlow::Break(()));
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
    assert_eq!(sandbox.connections(), 0);
}

/// A store that cannot be written to, for example: what was not stored is not sent.
fn an_observer_that_breaks_before_a_resumed_request_leaves_it_unknown<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Drop));
    let client = client::<C>(&sandbox);
    let checkpoint = Checkpoint::new(sandbox.api().merchant().clone(), reference(), 1);
    let outcome = client.resume_with(&checkpoint, |_| ControlFlow::Break(())).unwrap();
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(unknown.checkpoint, checkpoint);
    assert_eq!(sandbox.connections(), 0);
}

fn every_checkpoint_that_was_told_resumes_to_the_truth<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Drop));
    let client = client::<C>(&sandbox);
    let stored = Arc::new(Mutex::new(Vec::<String>::new()));
    let database = Arc::clone(&stored);
    let outcome = client.cancel_with(&reference(), move |event| {
        if let CancelEvent::Sending { checkpoint, .. } = event {
            database.lock().unwrap().push(checkpoint.to_string());
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    let stored = stored.lock().unwrap();
    assert_eq!(stored.len(), 3);
    for text in &*stored {
        let resumed = client.resume(&text.parse().unwrap()).unwrap();
        let Outcome::Canceled(canceled) = resumed else {
            panic!("{resumed}");
        };
        assert_eq!(canceled.confirmation, Confirmation::Query);
    }
    let cancels = operations(&sandbox).iter().filter(|operation| **operation == Operation::Cancel).count();
    assert_eq!(cancels, 2);
}

fn a_checkpoint_of_another_merchant_or_base_url_is_not_resumed<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = client::<C>(&sandbox);
    let elsewhere = sandbox.api().with_base_url(BaseUrl::beta());
    let checkpoint = Checkpoint::new(elsewhere.merchant().clone(), reference(), 1);
    client.resume(&checkpoint).unwrap_err();
    assert_eq!(sandbox.connections(), 0);
}

fn two_at_once_claim_the_truth<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = client::<C>(&sandbox);
    let payment = reference();
    let confirmations: Vec<_> = thread::scope(|scope| {
        let cancels = [(); 2].map(|()| scope.spawn(|| client.cancel(&payment)));
        let outcomes = cancels.map(|cancel| cancel.join().unwrap());
        outcomes.map(|outcome| outcome.into_result().unwrap().confirmation).into()
    });
    assert!(confirmations.contains(&Confirmation::Response), "{confirmations:?}");
    assert_ne!(confirmations[0], confirmations[1]);
}

for_each_client! {
    a_lost_response_is_resolved_by_a_query,
    a_lost_request_is_made_again_after_a_query,
    the_observer_is_told_of_every_step_and_can_end_it,
    an_observer_that_breaks_before_the_first_request_means_not_sent,
    an_observer_that_breaks_before_a_resumed_request_leaves_it_unknown,
    every_checkpoint_that_was_told_resumes_to_the_truth,
    a_checkpoint_of_another_merchant_or_base_url_is_not_resumed,
    two_at_once_claim_the_truth,
}
