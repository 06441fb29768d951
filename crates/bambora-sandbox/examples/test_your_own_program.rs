//! How a shop tests its own code against the sandbox: the code under test, and two tests of it.
//!
//! `cargo run -p bambora-sandbox --example test_your_own_program` runs the tests; in a project of your own they are `#[test]`
//! functions, and your code uses the client of its choice. Here it is a few lines on a bare socket.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use bambora_core::{Api, CancelPayment, Operation as _};
use bambora_sandbox::{Answer, Effect, Fault, Operation, Sandbox};
use http::Response;

/// What the shop's screen says about an order after its cancel.
#[derive(Debug, PartialEq, Eq)]
enum OrderStatus {
    MoneyReleased,
    CancelRefused,
    /// Somebody has to look into it: nothing may be claimed.
    ToBeFoundOut,
}

/// The code under test.
fn cancel_order(api: &Api, order: &str) -> Result<OrderStatus, Box<dyn std::error::Error>> {
    let cancel = CancelPayment::new(order.parse()?);
    let Some(response) = ask(api, &cancel)? else {
        return Ok(OrderStatus::ToBeFoundOut);
    };
    Ok(match cancel.parse(&response) {
        Ok(_) => OrderStatus::MoneyReleased,
        Err(error) if error.problem().is_some() => OrderStatus::CancelRefused,
        Err(_) => OrderStatus::ToBeFoundOut,
    })
}

fn ask(api: &Api, cancel: &CancelPayment) -> io::Result<Option<Response<Vec<u8>>>> {
    let request = api.request(cancel);
    let authority = request
        .uri()
        .authority()
        .map_or("", |authority| authority.as_str());
    let mut socket = TcpStream::connect(authority)?;
    write!(
        socket,
        "POST {} HTTP/1.1\r\nhost: {authority}\r\n",
        request.uri().path()
    )?;
    for (name, value) in request.headers() {
        write!(socket, "{name}: {}\r\n", value.to_str().unwrap_or_default())?;
    }
    write!(socket, "connection: close\r\n\r\n")?;
    let mut answer = String::new();
    if socket.read_to_string(&mut answer).is_err() {
        return Ok(None);
    }
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return Ok(None);
    };
    let status = head.get(9..12).unwrap_or_default();
    Ok(Response::builder()
        .status(status)
        .body(body.as_bytes().to_vec())
        .ok())
}

fn a_canceled_order_has_its_money_released() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    assert_eq!(
        cancel_order(&sandbox.api(), "ORDER-1001")?,
        OrderStatus::MoneyReleased
    );
    // Not what the program says counts, but what happened.
    assert!(sandbox.is_canceled("ORDER-1001"));
    Ok(())
}

fn a_lost_answer_is_not_taken_for_a_failure() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    sandbox.fault(
        Operation::Cancel,
        "ORDER-1001",
        Fault::new(Effect::Apply, Answer::Drop),
    );
    assert_eq!(
        cancel_order(&sandbox.api(), "ORDER-1001")?,
        OrderStatus::ToBeFoundOut
    );
    assert!(sandbox.is_canceled("ORDER-1001"));
    assert_eq!(sandbox.requests().len(), 1, "sent again without knowing");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    a_canceled_order_has_its_money_released()?;
    a_lost_answer_is_not_taken_for_a_failure()?;
    println!("2 tests passed");
    Ok(())
}
