//! Runs the examples that send the requests of core with another HTTP stack.

#![allow(dead_code, reason = "an example has a main function of its own")]

#[path = "../../crates/bambora-core/examples/embed.rs"]
mod embed;
#[path = "../examples/embed_in_reqwest.rs"]
mod embed_in_reqwest;

use std::time::Duration;

use bambora_core::{Delivery, Outcome, PaymentState};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1001");
    sandbox
}

fn request(sandbox: &Sandbox) -> http::Request<Vec<u8>> {
    sandbox.api().request(&bambora_core::CancelPayment::new("ORDER-1001".parse().unwrap()))
}

#[test]
fn a_bare_socket_cancels_a_payment() {
    let sandbox = sandbox();
    let outcome = embed::cancel(&sandbox.api(), &"ORDER-1001".parse().unwrap());
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    assert!(sandbox.is_canceled("ORDER-1001"));
}

#[test]
fn a_bare_socket_tells_lost_from_not_sent() {
    let mut sandbox = sandbox();
    for response in [FaultResponse::Drop, FaultResponse::Reset, FaultResponse::Cut] {
        sandbox.fault(Operation::Cancel, "ORDER-1001", Fault::new(Effect::Skip, response));
        let error = embed::send(&request(&sandbox), embed::LIMITS).unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{response:?}");
    }
    sandbox.stop();
    let error = embed::send(&request(&sandbox), embed::LIMITS).unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
}

#[tokio::test]
async fn reqwest_cancels_a_payment() {
    let sandbox = sandbox();
    let payment = embed_in_reqwest::cancel(&sandbox).await.unwrap();
    assert_eq!(payment.state, PaymentState::Canceled);
    assert!(sandbox.is_canceled("ORDER-1001"));
}

#[tokio::test]
async fn reqwest_tells_lost_from_not_sent() {
    let mut sandbox = sandbox();
    let tls = embed_in_reqwest::tls(&[]).unwrap();
    let (connect, total) = (Duration::from_secs(5), Duration::from_secs(30));
    let client = embed_in_reqwest::client(tls, connect, total).unwrap();
    for response in [FaultResponse::Drop, FaultResponse::Reset] {
        sandbox.fault(Operation::Cancel, "ORDER-1001", Fault::new(Effect::Skip, response));
        let error = embed_in_reqwest::exchange(&client, request(&sandbox), 1 << 20).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{response:?}");
    }
    sandbox.stop();
    let error = embed_in_reqwest::exchange(&client, request(&sandbox), 1 << 20).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
}
