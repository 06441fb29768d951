//! What the sandbox does with requests that are unreadable, unfinished, or too many.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bambora_sandbox::Sandbox;

use crate::raw::{AUTHORIZATION, cancel, capture, exchange, post, query};

#[test]
fn an_unsupported_transfer_encoding_is_a_400_and_closes_the_connection() {
    for encoding in ["gzip", "gzip, chunked", "chunked, chunked", "identity"] {
        let sandbox = Sandbox::start().unwrap();
        sandbox.authorize("A");
        let smuggled = cancel("A");
        let request = format!(
            "POST /payments/B/cancel/ HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}API-Version: 1\r\n\
             Transfer-Encoding: {encoding}\r\n\r\n{smuggled}"
        );
        let response = exchange(&sandbox, &request);
        assert_eq!(response.status, 400, "{encoding}: {response:?}");
        assert!(response.head.contains("connection: close"), "{encoding}");
        assert!(!response.body.contains("HTTP/1.1"), "{encoding}");
        assert!(!sandbox.is_canceled("A"), "{encoding}");
    }
}

/// The memory of this process, if the system tells: other tests run in it too.
#[cfg(target_os = "linux")]
fn resident_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn four_hundred_large_posts_do_not_stay_in_memory() {
    let sandbox = Sandbox::start().unwrap();
    let before = resident_kilobytes();
    let body = "x".repeat(1024 * 1024);
    for _ in 0..400 {
        let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(exchange(&sandbox, &request).status, 401);
    }
    let grown = resident_kilobytes().saturating_sub(before);
    println!("grew by {grown} kB");
    assert!(grown < 150_000, "grew by {grown} kB");
}

/// Long enough for what is never waited for.
const NEVER: Duration = Duration::from_secs(600);
/// Long enough for a test that sends something at once to be in time on a busy machine.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_half_sent_request_gets_a_408_and_an_idle_connection_is_closed() {
    let sandbox = Sandbox::builder().request_timeout(SOON).start().unwrap();
    let halves = [
        "GET /payments/A/ HTTP/1.1\r\nHo",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "",
    ];
    let sockets = halves.map(|half| {
        let mut socket = TcpStream::connect(sandbox.address()).unwrap();
        socket.write_all(half.as_bytes()).unwrap();
        socket
    });
    for (half, mut socket) in halves.into_iter().zip(sockets) {
        let mut response = String::new();
        socket.read_to_string(&mut response).unwrap();
        let timed_out = response.starts_with("HTTP/1.1 408 ");
        assert_eq!(timed_out, !half.is_empty(), "{half}: {response}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn connections_beyond_the_limit_wait_for_the_end_of_others() {
    let builder = Sandbox::builder().max_connections(2);
    let sandbox = builder.clone().request_timeout(SOON).start().unwrap();
    let idle = [0; 2].map(|_| TcpStream::connect(sandbox.address()).unwrap());
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 404);
    assert_eq!(sandbox.connections(), 3);
    drop(idle);

    // The sandbox stops even while it waits.
    let sandbox = builder.request_timeout(NEVER).start().unwrap();
    let _idle = [0; 4].map(|_| TcpStream::connect(sandbox.address()).unwrap());
    drop(sandbox);
}

#[test]
fn the_log_keeps_the_newest_requests_and_counts_the_others() {
    let by_number = Sandbox::builder().log_limits(10, usize::MAX);
    let by_bytes = Sandbox::builder().log_limits(usize::MAX, 10_000);
    for (builder, least, most) in [(by_number, 10, 10), (by_bytes, 1, 40)] {
        let sandbox = builder.start().unwrap();
        for number in 0..100 {
            exchange(&sandbox, &query(&number.to_string()));
        }
        let kept = sandbox.requests();
        assert!((least..=most).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept.len() + sandbox.dropped_requests(), 100);
        assert_eq!(kept[0].target, format!("/payments/{}/", sandbox.dropped_requests()));
        assert!(sandbox.wait_for_requests(100, Duration::ZERO));
    }
}

#[test]
fn an_operation_does_not_take_a_body_of_which_a_part_was_dropped() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let body = format!(r#"{{"amount":1,"other":"{}"}}"#, "x".repeat(64 * 1024));
    let response = exchange(&sandbox, &post("A", "capture", &body));
    assert_eq!(response.status, 400);
    let logged = &sandbox.requests()[0];
    assert_eq!((logged.body.len(), logged.body_length), (64 * 1024, body.len()));
    assert_eq!(sandbox.captured("A"), 0);
}

#[test]
fn a_payment_takes_a_bounded_number_of_postings() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let mut requests = String::new();
    for _ in 0..1_001 {
        requests += &capture("A", 0, "");
    }
    let responses = exchange(&sandbox, &requests);
    assert_eq!(responses.status, 201);
    assert!(responses.body.contains("HTTP/1.1 503 "));
    assert_eq!(sandbox.captures("A").len(), 1_000);
}

#[test]
fn a_client_that_goes_on_sending_after_a_malformed_request_is_heard_out() {
    let sandbox = Sandbox::start().unwrap();
    let request = format!("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n{}", "x".repeat(4_000_000));
    let response = exchange(&sandbox, &request);
    assert_eq!(response.status, 400, "{response:?}");
}
