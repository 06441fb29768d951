//! The control API: what tests in other languages do with a sandbox.

use std::thread;
use std::time::Duration;

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Posting, Sandbox};
use serde_json::{Value, json};

use crate::raw::{Response, cancel, capture, exchange, query};

/// Sends a request to the control API as a test would.
pub(crate) fn control(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Response {
    let request = format!(
        "{method} /_sandbox/{path} HTTP/1.1\r\nHost: {}\r\nBambora-Sandbox: 1\r\nContent-Length: {}\r\n\r\n{body}",
        sandbox.address(),
        body.len()
    );
    exchange(sandbox, &request)
}

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let response = control(sandbox, "GET", path, "");
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

#[test]
fn a_payment_is_made_and_its_truth_is_told() {
    let sandbox = Sandbox::start().unwrap();
    let made = control(&sandbox, "PUT", "payments/ORDER%2F1%20%C3%B6", r#"{"amount":12500,"currency":"SEK"}"#);
    assert_eq!(made.status, 201);
    let expected = json!({
        "reference": "ORDER/1 ö", "state": "Authorized", "canceled": false, "amount": 12500, "currency": "SEK",
        "captured": 0, "refunded": 0, "captures": [], "refunds": [], "comment": null, "operation_in_progress": false,
        "canceled_in_back_office": false, "effective_cancels": 0,
    });
    assert_eq!(made.json(), expected);
    assert_eq!(get(&sandbox, "payments/ORDER%2F1%20%C3%B6"), expected);
    assert_eq!(sandbox.payment("ORDER/1 ö").unwrap().amount, 12500);

    exchange(&sandbox, &capture("ORDER%2F1%20%C3%B6", 12_000, "INVOICE-7"));
    let captured = get(&sandbox, "payments/ORDER%2F1%20%C3%B6");
    assert_eq!(captured["captures"], json!([{ "amount": 12000, "comment": "INVOICE-7" }]));
    assert_eq!((&captured["captured"], &captured["state"]), (&json!(12000), &json!("Captured")));

    let replaced = control(&sandbox, "PUT", "payments/ORDER%2F1%20%C3%B6", "");
    assert_eq!((replaced.status, &replaced.json()["amount"]), (200, &json!(100)));
    assert_eq!(control(&sandbox, "GET", "payments/OTHER", "").status, 404);
}

#[test]
fn a_payment_in_any_state_has_the_postings_that_lead_there() {
    let sandbox = Sandbox::start().unwrap();
    let body = r#"{"state":"Refunded","amount":700}"#;
    assert_eq!(control(&sandbox, "PUT", "payments/A", body).status, 201);
    assert_eq!(sandbox.payment("A").unwrap().state, PaymentState::Refunded);
    assert_eq!(sandbox.captures("A"), [Posting::new(700, None)]);
    assert_eq!(sandbox.refunds("A"), [Posting::new(700, None)]);
}

#[test]
fn somebody_else_captures_refunds_and_cancels() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 500, "EUR");
    let done = control(&sandbox, "POST", "payments/A/capture", r#"{"amount":400,"comment":"elsewhere"}"#);
    assert_eq!((done.status, &done.json()["captured"]), (200, &json!(400)));
    assert_eq!(control(&sandbox, "POST", "payments/A/refund", r#"{"amount":100}"#).status, 200);
    assert_eq!(control(&sandbox, "POST", "payments/A/refund", r#"{"amount":301}"#).status, 409);
    assert_eq!(sandbox.captures("A"), [Posting::new(400, Some("elsewhere"))]);
    assert_eq!(sandbox.refunded("A"), 100);

    sandbox.authorize("B");
    assert_eq!(control(&sandbox, "POST", "payments/B/cancel_in_back_office", "").json()["canceled"], true);
    assert!(sandbox.is_canceled("B"));
    assert!(exchange(&sandbox, &query("B")).body.contains("Authorized"));
    assert_eq!(control(&sandbox, "POST", "payments/C/capture", r#"{"amount":1}"#).status, 404);
}

#[test]
fn a_lost_response_stands_in_the_log_with_what_was_done_and_what_was_told() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let fault = r#"{"operation":"cancel","reference":"A","fault":"apply-then-drop"}"#;
    assert_eq!(control(&sandbox, "POST", "faults", fault).status, 201);
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 0);
    exchange(&sandbox, &query("A"));
    exchange(&sandbox, &cancel("A"));
    let log = get(&sandbox, "requests?reference=A");
    let told: Vec<_> = log["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| {
            ["number", "operation", "fault", "applied", "state", "response", "status", "problem"]
                .map(|member| &request[member])
        })
        .map(|members| json!(members))
        .collect();
    assert_eq!(
        told,
        [
            json!([0, "cancel", "apply-then-drop", true, "Canceled", "sent", null, null]),
            json!([1, "query", null, false, "Canceled", "sent", 200, null]),
            json!([2, "cancel", null, false, "Canceled", "sent", 422, "invalid_payment_state_transition"]),
        ]
    );
    assert_eq!((&log["next"], &log["total"], &log["dropped"]), (&json!(3), &json!(3), &json!(0)));
}

#[test]
fn the_log_of_the_control_api_has_no_credentials_and_no_cards() {
    let sandbox = Sandbox::start().unwrap();
    let card = r#"{"currency":"SEK","amount":1,"token":"the-card-token"}"#;
    exchange(&sandbox, &crate::raw::post("A", "card_token_authorization", card));
    exchange(&sandbox, &capture("A", 1, "visible"));
    let log = control(&sandbox, "GET", "requests", "").body;
    assert!(log.contains("visible") && log.contains("authorization"), "{log}");
    assert!(!log.contains("the-card-token") && !log.contains("YWJjZGVmZ0"), "{log}");
}

#[test]
fn the_log_is_read_in_parts() {
    let sandbox = Sandbox::start().unwrap();
    for number in 0..1_500 {
        exchange(&sandbox, &query(&format!("P{}", number % 2)));
    }
    let numbers = |page: &Value| -> Vec<u64> {
        page["requests"].as_array().unwrap().iter().map(|request| request["number"].as_u64().unwrap()).collect()
    };
    let first = get(&sandbox, "requests");
    assert_eq!((numbers(&first).len(), &first["complete"], &first["next"]), (1_000, &json!(false), &json!(1_000)));
    let second = get(&sandbox, "requests?from=1000");
    assert_eq!((numbers(&second).len(), &second["complete"], &second["next"]), (500, &json!(true), &json!(1_500)));
    assert_eq!(numbers(&get(&sandbox, "requests?last=3")), [1497, 1498, 1499]);
    assert_eq!(numbers(&get(&sandbox, "requests?last=3&reference=P0")), [1494, 1496, 1498]);
    assert_eq!(control(&sandbox, "GET", "requests?last=x", "").status, 400);
    assert_eq!(sandbox.requests().len(), 1_500, "requests for the control API are not logged");
}

#[test]
fn a_late_effect_shows_with_the_request_that_it_came_before() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Late(1), FaultResponse::Drop));
    exchange(&sandbox, &cancel("A"));
    exchange(&sandbox, &query("A"));
    let requests = sandbox.requests();
    assert_eq!((requests[0].applied, requests[0].late_effects), (false, 0));
    assert_eq!(requests[0].state, Some(PaymentState::Authorized));
    assert_eq!((requests[1].applied, requests[1].late_effects), (false, 1));
    assert_eq!(requests[1].state, Some(PaymentState::Canceled));
}

#[test]
fn faults_are_planned_listed_and_taken_back() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let plan = |body: &str| control(&sandbox, "POST", "faults", body).json();
    let first = plan(r#"{"operation":"cancel","reference":"A","fault":"skip-then-503"}"#);
    let second = plan(r#"{"operation":"cancel","reference":"A","fault":"skip-then-409","held":true,"delay_ms":5}"#);
    let always = plan(r#"{"operation":"query","fault":"skip-then-garbage"}"#);
    assert_eq!(
        second,
        json!({ "number": 1, "operation": "cancel", "reference": "A", "fault": "skip-then-409", "held": true, "delay_ms": 5 })
    );
    let other = plan(r#"{"operation":"cancel","reference":"B","fault":"skip-then-503"}"#);
    assert_eq!(get(&sandbox, "faults")["faults"], json!([first, second, always, other]));
    assert_eq!(get(&sandbox, "faults?reference=A")["faults"], json!([first, second, always]));
    let two = get(&sandbox, "faults?limit=2");
    assert_eq!((&two["faults"], &two["complete"], &two["total"]), (&json!([first, second]), &json!(false), &json!(4)));
    assert_eq!(control(&sandbox, "DELETE", "faults/3", "").status, 200);
    assert_eq!(control(&sandbox, "DELETE", "faults/0", "").status, 200);
    assert_eq!(control(&sandbox, "DELETE", "faults/0", "").status, 404);
    assert_eq!(control(&sandbox, "DELETE", "faults/1", "").status, 200);
    assert_eq!(exchange(&sandbox, &query("A")).body, "\0garbage");
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
    assert_eq!(control(&sandbox, "DELETE", "faults", "").json(), json!({ "taken_back": 1 }));
    assert_eq!(exchange(&sandbox, &query("A")).status, 200);
    assert_eq!(get(&sandbox, "faults")["faults"], json!([]));
}

#[test]
fn a_mistake_in_a_body_plans_nothing() {
    let sandbox = Sandbox::start().unwrap();
    for (body, part) in [
        (r#"{"operation":"cancel","refrence":"A","fault":"apply-then-drop"}"#, "refrence"),
        (r#"{"operation":"cancle","fault":"apply-then-drop"}"#, "operation"),
        (r#"{"operation":"cancel","fault":"drop"}"#, "EFFECT-then-RESPONSE"),
        (r#"{"operation":"cancel","reference":"","fault":"apply-then-drop"}"#, "empty"),
        ("[]", "body"),
        ("", "operation"),
    ] {
        let response = control(&sandbox, "POST", "faults", body);
        assert_eq!(response.status, 400, "{body}");
        assert!(response.json()["error"].as_str().unwrap().contains(part), "{body}: {response:?}");
    }
    for body in [r#"{"amount":-1}"#, r#"{"currency":"eur"}"#, r#"{"state":"Lost"}"#, r#"{"money":1}"#, "[]", " []"] {
        assert_eq!(control(&sandbox, "PUT", "payments/A", body).status, 400, "{body}");
    }
    assert_eq!(get(&sandbox, "faults")["total"], 0);
    assert_eq!(get(&sandbox, "payments")["total"], 0);
    for path in ["nothing", "", "payments/A/B", "/payments"] {
        assert_eq!(control(&sandbox, "GET", path, "").status, 404, "{path}");
    }
    assert_eq!(control(&sandbox, "PATCH", "payments/A", "").status, 404);
}

/// Waits until the log shows a response in this way.
fn wait_for_response(sandbox: &Sandbox, number: usize, wanted: &str) {
    while get(sandbox, "requests")["requests"][number]["response"] != wanted {
        thread::yield_now();
    }
}

#[test]
fn held_responses_are_released_one_by_one_or_all() {
    let sandbox = Sandbox::start().unwrap();
    for reference in ["A", "B", "C"] {
        sandbox.authorize(reference);
        sandbox.fault(Operation::Cancel, reference, Fault::new(Effect::Apply, FaultResponse::Ok).held());
    }
    thread::scope(|scope| {
        let mut calls = ["A", "B", "C"]
            .into_iter()
            .enumerate()
            .map(|(number, reference)| {
                let call = scope.spawn(|| exchange(&sandbox, &cancel(reference)));
                assert!(sandbox.wait_for_held(number + 1, Duration::from_secs(20)));
                call
            })
            .collect::<Vec<_>>()
            .into_iter();
        assert_eq!(get(&sandbox, "requests")["requests"][1]["response"], "held");
        assert_eq!(control(&sandbox, "POST", "requests/1/release", "").json(), json!({ "released": 1 }));
        let (first, second) = (calls.next().unwrap(), calls.next().unwrap());
        assert_eq!(second.join().unwrap().status, 200);
        assert_eq!(control(&sandbox, "POST", "requests/1/release", "").status, 404);
        assert!(!first.is_finished());
        assert_eq!(control(&sandbox, "POST", "release", "").json(), json!({ "released": 2 }));
        assert_eq!(first.join().unwrap().status, 200);
    });
    wait_for_response(&sandbox, 0, "sent");
}

#[test]
fn a_delayed_response_is_not_told_yet() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let fault = Fault::new(Effect::Apply, FaultResponse::Ok).delayed(Duration::from_secs(600));
    sandbox.fault(Operation::Cancel, "A", fault);
    thread::scope(|scope| {
        let call = scope.spawn(|| exchange(&sandbox, &cancel("A")));
        assert!(sandbox.wait_for_requests(1, Duration::from_secs(20)));
        assert_eq!(get(&sandbox, "requests")["requests"][0]["response"], "delayed");
        assert!(sandbox.is_canceled("A") && !call.is_finished());
        control(&sandbox, "POST", "reset", "");
        assert_eq!(call.join().unwrap().status, 200);
    });
}

#[test]
fn a_reset_forgets_everything_and_releases_what_is_held() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    sandbox.fault_always(Operation::Query, Fault::new(Effect::Skip, FaultResponse::Drop));
    thread::scope(|scope| {
        let call = scope.spawn(|| exchange(&sandbox, &cancel("A")));
        assert!(sandbox.wait_for_held(1, Duration::from_secs(20)));
        assert_eq!(control(&sandbox, "POST", "reset", "").status, 200);
        assert_eq!(call.join().unwrap().status, 200);
    });
    assert_eq!((get(&sandbox, "payments")["total"].clone(), sandbox.requests().len()), (json!(0), 0));
    assert_eq!(exchange(&sandbox, &query("A")).status, 404);
    assert_eq!(sandbox.requests()[0].number, 1, "numbers go on, so that nobody takes one request for another");
}

#[test]
fn payments_are_found_by_a_part_of_their_reference() {
    let sandbox = Sandbox::start().unwrap();
    for reference in ["ORDER 1", "ORDER+2", "order 3", "ORDER 4"] {
        sandbox.authorize(reference);
    }
    let found = |path: &str| {
        let page = get(&sandbox, path);
        let references: Vec<_> =
            page["payments"].as_array().unwrap().iter().map(|payment| payment["reference"].clone()).collect();
        (json!(references), page["complete"].as_bool().unwrap(), page["total"].as_u64().unwrap())
    };
    assert_eq!(found("payments"), (json!(["ORDER 4", "order 3", "ORDER+2", "ORDER 1"]), true, 4));
    assert_eq!(found("payments?search=ORDER+"), (json!(["ORDER 4", "ORDER 1"]), true, 4));
    assert_eq!(found("payments?limit=1&search=R%2b2"), (json!(["ORDER+2"]), true, 4));
    assert_eq!(found("payments?search=ORDER&limit=2"), (json!(["ORDER 4", "ORDER+2"]), false, 4));
    assert_eq!(found("payments?limit=0"), (json!([]), false, 4));
    assert_eq!(control(&sandbox, "GET", "payments?limit=-1", "").status, 400);
    let head = control(&sandbox, "HEAD", "payments", "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn the_log_says_where_to_go_on_from() {
    let sandbox = Sandbox::builder().log_limits(3, usize::MAX).start().unwrap();
    for reference in ["A", "B", "A", "B", "A"] {
        exchange(&sandbox, &query(reference));
    }
    for (path, numbers, complete) in [
        ("requests", json!([2, 3, 4]), true),
        ("requests?from=3", json!([3, 4]), true),
        ("requests?from=5", json!([]), true),
        ("requests?reference=B", json!([3]), true),
        ("requests?reference=C", json!([]), true),
        ("requests?last=2", json!([3, 4]), false),
        ("requests?last=9", json!([2, 3, 4]), true),
    ] {
        let page = get(&sandbox, path);
        let found: Vec<_> = page["requests"].as_array().unwrap().iter().map(|request| &request["number"]).collect();
        assert_eq!((&json!(found), &page["complete"]), (&numbers, &json!(complete)), "{path}");
        assert_eq!((&page["next"], &page["total"], &page["dropped"]), (&json!(5), &json!(5), &json!(2)), "{path}");
    }
}

#[test]
fn the_numbers_of_faults_go_on_after_all_were_taken_back() {
    let sandbox = Sandbox::start().unwrap();
    let plan = || {
        let fault = r#"{"operation":"cancel","reference":"A","fault":"apply-then-drop"}"#;
        control(&sandbox, "POST", "faults", fault).json()["number"].clone()
    };
    assert_eq!((plan(), plan()), (json!(0), json!(1)));
    control(&sandbox, "DELETE", "faults", "");
    assert_eq!(plan(), json!(2), "so that nobody takes back one for another");
    assert_eq!(control(&sandbox, "DELETE", "faults/1", "").status, 404);
}

#[test]
fn taking_all_faults_back_releases_what_is_held() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    thread::scope(|scope| {
        let call = scope.spawn(|| exchange(&sandbox, &cancel("A")));
        assert!(sandbox.wait_for_held(1, Duration::from_secs(20)));
        assert_eq!(control(&sandbox, "DELETE", "faults", "").json(), json!({ "taken_back": 0 }));
        assert_eq!(call.join().unwrap().status, 200);
    });
}

#[test]
fn the_least_and_the_most_that_a_body_may_say() {
    let sandbox = Sandbox::start().unwrap();
    let longest = format!(r#"{{"amount":1,"comment":"{}"}}"#, "ö".repeat(256));
    for (method, path, body, status) in [
        ("PUT", "payments/A", r#"{"amount":0}"#, 201),
        ("PUT", "payments/A", r#"{"amount":2}"#, 200),
        ("PUT", "payments/A", r#"{"currency":"EURO"}"#, 400),
        ("POST", "payments/A/capture", &longest, 200),
        ("POST", "payments/A/capture", r#"{"amount":-1}"#, 400),
        ("POST", "payments/A/refund", r#"{"amount":0}"#, 400),
        ("POST", "payments/A/refund", &longest, 200),
        ("PUT", "payments/", "", 400),
        ("PUT", "payments/A", &format!("{{}}{}", " ".repeat(64 * 1024)), 413),
        ("POST", "events", "", 404),
    ] {
        let response = control(&sandbox, method, path, body);
        assert_eq!(response.status, status, "{method} {path} {body}: {response:?}");
    }
    assert_eq!(sandbox.refunds("A"), [Posting::new(1, Some(&"ö".repeat(256)))]);
}

#[test]
fn many_requests_go_over_one_connection() {
    let sandbox = Sandbox::start().unwrap();
    let request = |path: &str, header: &str| {
        format!("GET /_sandbox/{path} HTTP/1.1\r\nHost: {}\r\n{header}\r\n", sandbox.address())
    };
    let two = request("payments", "") + &request("faults", "Connection: close\r\n") + &request("requests", "");
    let response = exchange(&sandbox, &two);
    assert_eq!(response.status, 200);
    assert_eq!(response.body.matches("HTTP/1.1 200 OK").count(), 1, "{response:?}");
    assert!(response.body.contains("faults") && !response.body.contains("requests"), "{response:?}");
}
