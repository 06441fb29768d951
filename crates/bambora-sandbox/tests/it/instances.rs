//! Many at once, and their end.

use std::net::TcpStream;

use bambora_sandbox::Sandbox;
#[cfg(unix)]
use socket2::{Domain, Socket, Type};

use crate::raw::{cancel, exchange};

#[test]
fn many_in_one_process_know_nothing_of_each_other() {
    let sandboxes: Vec<_> = (0..10).map(|_| Sandbox::start().unwrap()).collect();
    sandboxes[0].authorize("A");
    assert_eq!(exchange(&sandboxes[0], &cancel("A")).status, 200);
    for other in &sandboxes[1..] {
        assert_eq!(exchange(other, &cancel("A")).status, 404);
        assert_eq!(other.requests().len(), 1);
    }
}

#[test]
fn a_dropped_one_refuses_connections_and_lets_its_port_be_had_again() {
    let sandbox = Sandbox::start().unwrap();
    let address = sandbox.address();
    assert!(address.ip().is_loopback());
    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    assert_eq!(again.address(), address);
}

#[test]
fn a_stopped_one_keeps_its_books() {
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    exchange(&sandbox, &cancel("A"));
    sandbox.stop();
    sandbox.stop();
    assert!(sandbox.is_canceled("A"));
    assert_eq!(sandbox.requests().len(), 1);
    assert!(TcpStream::connect(sandbox.address()).is_err());
}

#[cfg(unix)]
#[test]
fn a_stopped_one_keeps_its_port_for_whoever_asks_for_it() {
    let mut sandbox = Sandbox::start().unwrap();
    let address = sandbox.address();
    sandbox.stop();
    // As for port 0, the system gives a port to two only if both say so.
    let other = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    assert!(other.bind(&address.into()).is_err());
    assert!(TcpStream::connect(address).is_err());
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    again.authorize("A");
    assert_eq!(exchange(&again, &cancel("A")).status, 200);
}

#[test]
fn other_machines_are_kept_out_unless_that_is_said_loudly() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let error = Sandbox::builder().listen_on(everywhere).start().unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[test]
fn an_idle_connection_does_not_keep_it_from_stopping() {
    let sandbox = Sandbox::start().unwrap();
    let _idle = TcpStream::connect(sandbox.address()).unwrap();
    drop(sandbox);
}

#[test]
fn requests_on_one_connection_are_answered_in_order() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let two = cancel("A") + &cancel("A");
    let response = exchange(&sandbox, &two);
    assert_eq!(response.status, 200);
    assert!(response.body.contains("HTTP/1.1 422"), "{response:?}");
    assert_eq!(sandbox.connections(), 1);
}
