//! Where the client can be called.

use bambora_core::{Delivery, Error, PaymentReference};
use bambora_hyper::Client;
use bambora_sandbox::Sandbox;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

#[test]
fn one_client_serves_runtimes_that_come_and_go() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = Client::builder()
        .reuse_connections(true)
        .build(sandbox.api())
        .unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(client.query(&reference())).unwrap();
        runtime.block_on(client.query(&reference())).unwrap();
    }
    assert_eq!(sandbox.connections(), 3);
}

#[test]
fn without_a_runtime_nothing_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let payment = reference();
    let mut call = std::pin::pin!(client.query(&payment));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(Error::Transport(error))) = call.as_mut().poll(&mut context)
    else {
        panic!("no error");
    };
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn calls_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let payment = reference();
    is_send(&client.cancel(&payment));
    is_send(&client.query(&payment));
}
