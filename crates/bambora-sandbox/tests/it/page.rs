//! The page, and what keeps other websites away from it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::control::control;
use crate::raw::{AUTHORIZATION, Response, cancel, exchange, query};

fn get(sandbox: &Sandbox, path: &str, headers: &str) -> Response {
    let host = sandbox.address();
    exchange(sandbox, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"))
}

#[test]
fn the_page_is_one_document_that_may_load_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let response = get(&sandbox, "/", "");
    assert_eq!(response.status, 200);
    assert!(response.body.starts_with("<!doctype html>") && response.body.ends_with("</html>\n"));
    let nonce = response.head.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(response.body.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; ",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'; trusted-types 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "cross-origin-resource-policy: same-origin",
        "cross-origin-opener-policy: same-origin",
    ] {
        assert!(response.head.contains(header), "{header}: {}", response.head);
    }
    assert!(!response.head.contains("unsafe") && !response.head.contains("access-control"), "{}", response.head);
    let head = exchange(&sandbox, &format!("HEAD / HTTP/1.1\r\nHost: {}\r\n\r\n", sandbox.address()));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(sandbox.page_url(), Some(format!("http://{}/", sandbox.address())));
    assert!(sandbox.requests().is_empty(), "requests for the page are not logged");
}

#[test]
fn a_host_of_another_name_sees_nothing_and_changes_nothing() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let port = sandbox.address().port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), format!("127.0.0.1.evil.example:{port}")] {
        for line in ["GET / ", "GET /_sandbox/payments ", "GET /_sandbox/events ", "POST /_sandbox/reset "] {
            let request = format!("{line}HTTP/1.1\r\nHost: {host}\r\nBambora-Sandbox: 1\r\n\r\n");
            assert_eq!(exchange(&sandbox, &request).status, 421, "{request}");
        }
    }
    let without = "POST /_sandbox/reset HTTP/1.1\r\nBambora-Sandbox: 1\r\n\r\n";
    assert_eq!(exchange(&sandbox, without).status, 421);
    assert!(sandbox.payment("A").is_some());
    let request = format!("GET /_sandbox/payments HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    assert_eq!(exchange(&sandbox, &request).status, 200);
}

#[test]
fn another_websites_page_can_send_nothing_that_has_an_effect() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let host = sandbox.address();
    // What a form or a fetch can send without asking first.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = format!(
            "POST /_sandbox/reset HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n\
             Content-Type: {content_type}\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        assert_eq!(exchange(&sandbox, &request).status, 403);
    }
    // What it asks for first.
    let preflight = format!(
        "OPTIONS /_sandbox/reset HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: bambora-sandbox\r\n\r\n"
    );
    let response = exchange(&sandbox, &preflight);
    assert_eq!(response.status, 403);
    assert!(!response.head.contains("access-control"), "{}", response.head);
    // What it reads, or only makes the sandbox work for.
    for path in ["/_sandbox/payments", "/_sandbox/events"] {
        assert_eq!(get(&sandbox, path, "Sec-Fetch-Site: cross-site\r\n").status, 403);
    }
    // A link to the page is no harm.
    assert_eq!(get(&sandbox, "/", "Sec-Fetch-Site: cross-site\r\n").status, 200);
    assert!(sandbox.payment("A").is_some());
}

#[test]
fn without_the_page_its_paths_are_unknown_paths() {
    let sandbox = Sandbox::builder().no_page().start().unwrap();
    assert_eq!(sandbox.page_url(), None);
    for path in ["/", "/_sandbox", "/_sandbox/payments"] {
        let headers = format!("{AUTHORIZATION}API-Version: 1\r\n");
        let response = get(&sandbox, path, &headers);
        assert_eq!((response.status, response.problem().as_str()), (404, "payment_not_found"));
    }
    assert_eq!(control(&sandbox, "POST", "reset", "").status, 401);
    assert_eq!(sandbox.requests().len(), 4);
}

/// Opens the stream of events.
fn events(sandbox: &Sandbox) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(sandbox.address()).unwrap();
    write!(socket, "GET /_sandbox/events HTTP/1.1\r\nHost: {}\r\n\r\n", sandbox.address()).unwrap();
    BufReader::new(socket)
}

/// Returns the data of the next event that is as `wanted`.
fn wait_for(events: &mut BufReader<TcpStream>, mut wanted: impl FnMut(&serde_json::Value) -> bool) {
    loop {
        let mut line = String::new();
        assert_ne!(events.read_line(&mut line).unwrap(), 0, "the stream ended");
        let data = line.strip_prefix("data: ").map(|data| serde_json::from_str(data).unwrap());
        if data.is_some_and(|data| wanted(&data)) {
            return;
        }
    }
}

#[test]
fn events_tell_of_every_change_and_end_with_the_sandbox() {
    let mut sandbox = Sandbox::start().unwrap();
    let mut events = events(&sandbox);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(events.read_line(&mut head).unwrap(), 0, "the stream ended");
    }
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: text/event-stream\r\n") && !head.contains("content-length"), "{head}");
    wait_for(&mut events, |event| event["payments"] == 0);
    sandbox.authorize("A");
    wait_for(&mut events, |event| event["payments"] == 1);
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Skip, FaultResponse::Drop));
    wait_for(&mut events, |event| event["faults"] == 1);
    exchange(&sandbox, &cancel("A"));
    wait_for(&mut events, |event| event["requests"] == 1 && event["faults"] == 0);
    control(&sandbox, "POST", "reset", "");
    wait_for(&mut events, |event| event["requests"] == 0 && event["payments"] == 0);
    sandbox.stop();
    events.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_page_is_told_at_a_pace_and_asking_is_no_change() {
    let sandbox = Sandbox::start().unwrap();
    let mut events = events(&sandbox);
    wait_for(&mut events, |_| true);
    for _ in 0..2_000 {
        exchange(&sandbox, &query("A"));
        control(&sandbox, "GET", "payments", "");
    }
    sandbox.authorize("last");
    let mut told = 0;
    wait_for(&mut events, |event| {
        told += 1;
        event["payments"] == 1
    });
    println!("told {told} times of 2,001 changes");
    assert!(told < 500, "{told}");
}

#[test]
fn viewers_are_bounded_and_make_room_when_they_leave() {
    let sandbox = Sandbox::start().unwrap();
    let mut viewers: Vec<_> = (0..32).map(|_| events(&sandbox)).collect();
    for viewer in &mut viewers {
        wait_for(viewer, |_| true);
    }
    let refused = get(&sandbox, "/_sandbox/events", "");
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after"), "{}", refused.head);
    drop(viewers);
    // A viewer that left is noticed by a write that fails.
    let mut admitted = events(&sandbox);
    let mut line = String::new();
    while !line.starts_with("HTTP/1.1 200") {
        admitted = events(&sandbox);
        line.clear();
        admitted.read_line(&mut line).unwrap();
    }
    wait_for(&mut admitted, |_| true);
}

#[test]
fn a_viewer_that_does_not_read_holds_nothing_up() {
    let sandbox = Sandbox::start().unwrap();
    let _silent = events(&sandbox);
    for _ in 0..1_000 {
        exchange(&sandbox, &query("A"));
    }
    assert!(sandbox.wait_for_requests(1_000, Duration::ZERO));
}

#[test]
fn what_the_control_api_stores_is_bounded() {
    let sandbox = Sandbox::start().unwrap();
    for _ in 0..2_000 {
        sandbox.fault(Operation::Cancel, "B", Fault::new(Effect::Skip, FaultResponse::Drop));
    }
    let fault = r#"{"operation":"cancel","reference":"A","fault":"apply-then-drop"}"#;
    for _ in 0..1_000 {
        assert_eq!(control(&sandbox, "POST", "faults", fault).status, 201);
    }
    assert_eq!(control(&sandbox, "POST", "faults", fault).status, 503);
    assert_eq!(control(&sandbox, "DELETE", "faults/2017", "").status, 200);
    assert_eq!(control(&sandbox, "POST", "faults", fault).status, 201);

    let long = format!(r#"{{"amount":0,"comment":"{}"}}"#, "x".repeat(257));
    control(&sandbox, "PUT", "payments/A", "");
    assert_eq!(control(&sandbox, "POST", "payments/A/capture", &long).status, 400);
    for payment in ["A", "B", "C", "D"] {
        sandbox.authorize(payment);
        for _ in 0..1_000 {
            assert!(sandbox.capture(payment, 0, Some(&"ö".repeat(256))));
        }
    }
    assert_eq!(
        control(&sandbox, "POST", "payments/A/capture", r#"{"amount":0}"#).status,
        503,
        "as in the payments API"
    );
    let listed = control(&sandbox, "GET", "payments", "");
    assert_eq!(listed.json()["complete"], false);
    assert!((1_000_000..2_000_000).contains(&listed.body.len()), "{}", listed.body.len());
}
