//! An operation that this project does not have, written by a user: the trait is all that it takes.

use bambora_core::errors::Mismatch;
use bambora_core::{Operation, OperationExt as _, Payment, PaymentReference, PaymentState};
use bambora_sandbox::Sandbox;
use http::{Method, Response, StatusCode};

/// `capture_payment`: takes some of an authorized payment's amount.
struct CapturePayment {
    reference: PaymentReference,
    /// In minor currency units.
    amount: u32,
}

impl Operation for CapturePayment {
    const NAME: &'static str = "capture_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("capture");
    const SUCCESS: &[StatusCode] = &[StatusCode::CREATED];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn body(&self) -> Vec<u8> {
        format!(r#"{{"amount":{}}}"#, self.amount).into_bytes()
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        match payment.state {
            PaymentState::Captured => Ok(()),
            _ => Err(Mismatch::State),
        }
    }
}

fn capture() -> CapturePayment {
    CapturePayment { reference: "ORDER-1001".parse().unwrap(), amount: 100 }
}

#[test]
fn its_request_has_everything_that_ours_have() {
    let sandbox = Sandbox::start().unwrap();
    let request = sandbox.api().request(&capture());
    assert_eq!(request.uri().path(), "/payments/ORDER-1001/capture/");
    assert_eq!(request.body(), br#"{"amount":100}"#);
    assert_eq!(request.headers()["content-length"], "14");
    assert_eq!(request.headers()["content-type"], "application/json");
}

#[test]
fn its_response_goes_through_the_same_checks() {
    let response = |status: u16, body: &str| Response::builder().status(status).body(body.to_owned()).unwrap();
    let captured = r#"{"payment": "ORDER-1001", "state": "Captured"}"#;
    assert!(capture().parse(&response(201, captured)).is_ok());
    assert!(capture().parse(&response(200, captured)).is_err());
    let other = r#"{"payment": "ORDER-1002", "state": "Captured"}"#;
    assert!(capture().parse(&response(201, other)).is_err());
    let authorized = r#"{"payment": "ORDER-1001", "state": "Authorized"}"#;
    assert!(capture().parse(&response(201, authorized)).is_err());
}

#[test]
fn a_client_sends_it_as_it_is() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1001");
    let client = bambora_blocking::Client::new(sandbox.api());
    let payment = client.send(&capture()).unwrap();
    assert_eq!(payment.state, PaymentState::Captured);
    assert_eq!(sandbox.captured("ORDER-1001"), 100);
    assert_eq!(sandbox.requests()[0].body, br#"{"amount":100}"#);
}
