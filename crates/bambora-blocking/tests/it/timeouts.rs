//! Which timeout ends what.

use std::time::Duration;

use bambora_blocking::{CancelPayment, Client, PaymentState};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// Once there is a connection, the response has the total timeout.
#[test]
fn a_response_may_take_longer_than_a_connection() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let late = Fault::new(Effect::Apply, FaultResponse::Ok).delayed(CONNECT_TIMEOUT * 2);
    sandbox.fault(Operation::Cancel, "A", late);
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).build(sandbox.api()).unwrap();
    let payment = client.send(&CancelPayment::new("A".parse().unwrap())).unwrap();
    assert_eq!(payment.state, PaymentState::Canceled);
}
