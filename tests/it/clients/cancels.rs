//! The safe cancel over real sockets.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use bambora_core::{
    Basis, CancelEvent, CancelPolicy, ClientBuilder, Outcome, PaymentReference, RequestKind,
};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::clients::{AnyClient, for_each_client};

fn client<C: AnyClient>(sandbox: &Sandbox) -> C {
    let policy = CancelPolicy::builder()
        .waits(Duration::from_millis(1), Duration::from_millis(4))
        .build()
        .unwrap();
    ClientBuilder::<C>::new()
        .cancel_policy(policy)
        .build(sandbox.api())
        .unwrap()
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
    requests
        .into_iter()
        .map(|request| request.operation.unwrap().0)
        .collect()
}

fn a_lost_answer_is_resolved_by_a_query<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Apply, FaultResponse::Drop));
    let Outcome::Canceled(canceled) = client::<C>(&sandbox).cancel(&reference()) else {
        panic!("not canceled");
    };
    assert_eq!(canceled.basis, Basis::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

fn a_lost_request_is_made_again_after_a_query<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Reset));
    let outcome = client::<C>(&sandbox).cancel(&reference());
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    assert_eq!(
        operations(&sandbox),
        [Operation::Cancel, Operation::Query, Operation::Cancel]
    );
}

fn the_observer_hears_of_every_step_and_can_end_it<C: AnyClient>() {
    let sandbox = sandbox_that(Fault::new(Effect::Skip, FaultResponse::Drop));
    let client = client::<C>(&sandbox);
    let mut flow = client.cancel_flow(reference());
    let mut heard = Vec::new();
    let outcome = client.drive(&mut flow, |flow, event| {
        heard.push(format!("{event}"));
        assert_eq!(flow.reference().as_str(), "A");
        match event {
            CancelEvent::Sending(RequestKind::Cancel) if flow.cancels() == 2 => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    });
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");
    heard.retain(|event| !event.starts_with("waiting"));
    assert_eq!(
        heard,
        [
            "sending cancel_payment",
            "no answer",
            "sending query_payment",
            "answered 200",
            "sending cancel_payment"
        ]
    );
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

fn an_observer_that_ends_it_before_the_first_request_means_not_sent<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = client::<C>(&sandbox);
    let mut flow = client.cancel_flow(reference());
    let outcome = client.drive(&mut flow, |_, _| ControlFlow::Break(()));
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
    assert_eq!(sandbox.connections(), 0);
}

fn two_at_once_claim_the_truth<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = client::<C>(&sandbox);
    let payment = reference();
    let bases: Vec<_> = thread::scope(|scope| {
        let cancels = [(); 2].map(|()| scope.spawn(|| client.cancel(&payment)));
        let outcomes = cancels.map(|cancel| cancel.join().unwrap());
        outcomes
            .map(|outcome| outcome.into_result().unwrap().basis)
            .into()
    });
    assert!(bases.contains(&Basis::Answer), "{bases:?}");
    assert_ne!(bases[0], bases[1]);
}

for_each_client! {
    a_lost_answer_is_resolved_by_a_query,
    a_lost_request_is_made_again_after_a_query,
    the_observer_hears_of_every_step_and_can_end_it,
    an_observer_that_ends_it_before_the_first_request_means_not_sent,
    two_at_once_claim_the_truth,
}
