//! When a connection ends, and how: what a client can tell from the bytes alone.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::raw::{cancel, exchange, query};

const SOON: Duration = Duration::from_secs(20);

fn with_payment() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox
}

fn send(sandbox: &Sandbox, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

#[test]
fn a_connection_ends_after_a_response_that_says_so() {
    let sandbox = with_payment();
    for (request, ends) in [
        (query("A"), false),
        (query("A").replace("Host: x", "Connection: close"), true),
        (query("A").replace("HTTP/1.1", "HTTP/1.0"), true),
        (query("A").replace("HTTP/1.1", "HTTP/1.0").replace("Host: x", "Connection: keep-alive"), false),
    ] {
        let response = exchange(&sandbox, &format!("{request}{}", query("A")));
        assert_eq!(response.head.contains("connection: close"), ends, "{request}");
        assert_eq!(response.body.contains("HTTP/1.1 200"), !ends, "{request}: {response:?}");
    }
}

#[test]
fn a_cut_response_has_half_of_its_length_and_ends_the_connection() {
    let sandbox = with_payment();
    sandbox.fault(Operation::Query, "A", Fault::new(Effect::Apply, FaultResponse::Cut));
    let cut = exchange(&sandbox, &(query("A") + &query("A")));
    let length = cut.head.split_once("content-length: ").unwrap().1.lines().next().unwrap();
    assert_eq!(cut.body.len(), length.parse::<usize>().unwrap() / 2);
    assert!(cut.head.contains("connection: close"), "{}", cut.head);
    assert_eq!(exchange(&sandbox, &query("A")).body[..cut.body.len()], cut.body);
}

#[test]
fn a_dropped_connection_ends_and_a_reset_one_breaks() {
    for (response, end) in [(FaultResponse::Drop, None), (FaultResponse::Reset, Some(ErrorKind::ConnectionReset))] {
        let sandbox = with_payment();
        sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, response));
        let mut told = Vec::new();
        let read = send(&sandbox, &cancel("A")).read_to_end(&mut told);
        assert_eq!(read.err().map(|error| error.kind()), end, "{response:?}");
        assert!(told.is_empty(), "{response:?}");
    }
}

#[test]
fn a_head_request_gets_the_head_of_the_response() {
    let sandbox = with_payment();
    let whole = exchange(&sandbox, &query("A"));
    let head = exchange(&sandbox, &query("A").replace("GET", "HEAD"));
    assert_eq!((head.head, head.body.as_str()), (whole.head, ""));
}

/// Looks whether anything was told, without waiting for it.
fn is_silent(socket: &TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let peeked = socket.peek(&mut [0]);
    socket.set_nonblocking(false).unwrap();
    peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn nothing_is_told_before_the_release() {
    let delayed = Fault::new(Effect::Apply, FaultResponse::Ok).delayed(Duration::from_secs(600));
    for fault in [Fault::new(Effect::Apply, FaultResponse::Ok).held(), delayed, delayed.held()] {
        let sandbox = with_payment();
        sandbox.fault(Operation::Cancel, "A", fault);
        let mut held = send(&sandbox, &cancel("A"));
        assert!(sandbox.wait_for_requests(1, SOON));
        // Others are not kept waiting.
        for _ in 0..50 {
            assert_eq!(exchange(&sandbox, &query("A")).status, 200);
            assert!(is_silent(&held), "{fault:?}");
        }
        sandbox.reset();
        held.read_exact(&mut [0; 12]).unwrap();
    }
}

#[test]
fn recovery_releases_what_is_held() {
    let sandbox = with_payment();
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    let mut held = send(&sandbox, &cancel("A"));
    assert!(sandbox.wait_for_held(1, SOON));
    assert!(!sandbox.wait_for_held(2, Duration::ZERO));
    sandbox.recover();
    held.read_exact(&mut [0; 12]).unwrap();
    assert!(!sandbox.wait_for_held(1, Duration::ZERO));
}

#[test]
fn a_stop_waits_for_no_held_or_delayed_response() {
    let fault = Fault::new(Effect::Apply, FaultResponse::Ok);
    for fault in [fault.held(), fault.delayed(Duration::from_secs(600))] {
        let mut sandbox = with_payment();
        sandbox.fault(Operation::Cancel, "A", fault);
        let mut socket = send(&sandbox, &cancel("A"));
        assert!(sandbox.wait_for_requests(1, SOON));
        sandbox.stop();
        let mut told = Vec::new();
        // It may be closed or reset.
        let _ = socket.read_to_end(&mut told);
        assert!(told.is_empty());
        assert!(sandbox.is_canceled("A"));
    }
}

#[test]
fn a_connection_beyond_the_limit_is_served_after_another_one_ended() {
    for most in [0, 1] {
        let sandbox =
            Sandbox::builder().max_connections(most).request_timeout(Duration::from_secs(600)).start().unwrap();
        sandbox.authorize("A");
        let mut first = send(&sandbox, "");
        while sandbox.connections() == 0 {
            thread::yield_now();
        }
        let mut second = send(&sandbox, &cancel("A"));
        assert!(!sandbox.wait_for_requests(1, Duration::from_millis(100)));
        first.write_all(query("A").replace("Host: x", "Connection: close").as_bytes()).unwrap();
        first.read_to_end(&mut Vec::new()).unwrap();
        drop(first);
        second.read_exact(&mut [0; 12]).unwrap();
        let operations: Vec<_> =
            sandbox.requests().into_iter().map(|request| (request.connection, request.operation)).collect();
        let both = [(0, Operation::Query), (1, Operation::Cancel)];
        assert_eq!(operations, both.map(|(connection, operation)| (connection, Some((operation, "A".to_owned())))));
    }
}
