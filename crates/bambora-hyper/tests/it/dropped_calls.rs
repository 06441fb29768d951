//! A call that is dropped in the middle: its socket closes, and its flow goes on from where it was.

use std::ops::ControlFlow;
use std::time::Duration;

use bambora_core::{Basis, CancelPolicy, Outcome};
use bambora_hyper::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

#[tokio::test]
async fn a_flow_whose_call_was_dropped_goes_on_from_its_checkpoint() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(
        Operation::Cancel,
        "A",
        Fault::new(Effect::Apply, FaultResponse::Ok).held(),
    );
    let policy = CancelPolicy::builder()
        .waits(Duration::ZERO, Duration::ZERO)
        .build()
        .unwrap();
    let client = Client::builder()
        .cancel_policy(policy)
        .build(sandbox.api())
        .unwrap();
    let mut flow = client.cancel_flow("A".parse().unwrap());
    {
        let drive = client.drive(&mut flow, |_, _| ControlFlow::Continue(()));
        let held = async {
            while !sandbox.wait_for_held(1, Duration::ZERO) {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = drive => panic!("ended: {outcome}"),
            () = held => {}
        }
    }
    let stored = flow.checkpoint().to_string();
    sandbox.recover();

    let mut resumed = client.resume_flow(stored.parse().unwrap()).unwrap();
    let outcome = client
        .drive(&mut resumed, |_, _| ControlFlow::Continue(()))
        .await;
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.basis, Basis::Query);
    // The flow that was left can be driven on just as well.
    let outcome = client
        .drive(&mut flow, |_, _| ControlFlow::Continue(()))
        .await;
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    let operations: Vec<_> = sandbox
        .requests()
        .into_iter()
        .map(|request| request.operation.unwrap().0)
        .collect();
    assert_eq!(
        operations,
        [Operation::Cancel, Operation::Query, Operation::Query]
    );
}
