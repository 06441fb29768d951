//! How a shop tests its own code against the sandbox: the code under test, and three tests of it.
//!
//! `cargo run -p bambora-sandbox --example test_your_own_program` runs the tests. In your own project they are `#[test]`
//! functions, and your code uses the client of its choice. Here it is a few lines on a bare socket.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use bambora_core::{Api, CancelPayment};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

/// What the shop's screen says about an order after its cancel.
#[derive(Debug, PartialEq, Eq)]
enum OrderStatus {
    MoneyReleased,
    CancelRefused,
    /// Somebody has to look into it: nothing may be claimed.
    Unknown,
}

/// The code under test.
fn cancel_order(api: &Api, order: &str) -> Result<OrderStatus, Box<dyn Error>> {
    let response = send(&api.request(&CancelPayment::new(order.parse()?)))?;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let field = |name| body.get(name).and_then(serde_json::Value::as_str);
    Ok(match head.get(9..12) {
        Some("200") if field("payment") == Some(order) && field("state") == Some("Canceled") => {
            OrderStatus::MoneyReleased
        }
        Some("422") => OrderStatus::CancelRefused,
        _ => OrderStatus::Unknown,
    })
}

/// Returns the whole response, empty if there is none.
fn send(request: &http::Request<Vec<u8>>) -> io::Result<String> {
    let uri = request.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let mut socket = TcpStream::connect(authority)?;
    let mut head = format!("POST {} HTTP/1.1\r\nhost: {authority}\r\n", uri.path());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    write!(socket, "{head}connection: close\r\n\r\n")?;
    let mut response = String::new();
    socket.read_to_string(&mut response)?;
    Ok(response)
}

fn a_canceled_order_has_its_money_released() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    let status = cancel_order(&sandbox.api(), "ORDER-1001")?;
    assert_eq!(status, OrderStatus::MoneyReleased);
    // What counts is not what the program says but what happened.
    assert!(sandbox.is_canceled("ORDER-1001"));
    Ok(())
}

fn an_order_that_was_captured_meanwhile_is_refused() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize_amount("ORDER-1001", 12_500, "SEK");
    assert!(sandbox.capture("ORDER-1001", 12_500, Some("INVOICE-7")));
    let status = cancel_order(&sandbox.api(), "ORDER-1001")?;
    assert_eq!(status, OrderStatus::CancelRefused);
    assert_eq!(sandbox.captured("ORDER-1001"), 12_500);
    Ok(())
}

fn a_lost_response_is_not_taken_for_a_failure() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "ORDER-1001", lost);
    let status = cancel_order(&sandbox.api(), "ORDER-1001")?;
    assert_eq!(status, OrderStatus::Unknown);
    assert!(sandbox.is_canceled("ORDER-1001"));
    assert_eq!(sandbox.requests().len(), 1, "sent again without knowing");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    a_canceled_order_has_its_money_released()?;
    an_order_that_was_captured_meanwhile_is_refused()?;
    a_lost_response_is_not_taken_for_a_failure()?;
    println!("3 tests passed");
    Ok(())
}
