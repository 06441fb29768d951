//! The documented behaviour.

use bambora_core::PaymentState;
use bambora_sandbox::{RepeatedCancel, Sandbox};

use crate::raw::{AUTHORIZATION, cancel, exchange, post, query};

#[test]
fn a_cancel_returns_the_documented_object_and_releases_the_amount() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("ORDER-1001");
    let response = exchange(&sandbox, &cancel("ORDER-1001"));
    assert_eq!(response.status, 200);
    assert_eq!(
        response.body,
        r#"{"payment":"ORDER-1001","currency":"EUR","state":"Canceled","operations":[],"region":"emea_0","merchant":"sandbox","comment":null,"captures":[],"operationInProgress":false,"refunds":[],"amount":100}"#
    );
    assert!(response.head.contains("content-type: application/json"), "{}", response.head);
    assert!(sandbox.is_canceled("ORDER-1001"));
}

#[test]
fn only_an_authorized_payment_can_be_canceled() {
    for state in [
        PaymentState::None,
        PaymentState::AuthorizationExpired,
        PaymentState::Declined,
        PaymentState::Voided,
        PaymentState::Captured,
        PaymentState::Refunded,
        PaymentState::Settled,
        PaymentState::Canceled,
    ] {
        let sandbox = Sandbox::start().unwrap();
        sandbox.insert("A", state.clone());
        let response = exchange(&sandbox, &cancel("A"));
        assert_eq!(response.status, 422, "{state}");
        let expected = format!(
            r#"{{"type":"https://api.bambora.com/definitions/payments/invalid_payment_state_transition","title":"Invalid payment state transition","detail":"The payment is in state {state}.","status":422}}"#
        );
        assert_eq!(response.body, expected);
        assert!(response.head.contains("content-type: application/problem+json"));
        assert_eq!(sandbox.payment("A").unwrap().state, state);
    }
}

#[test]
fn a_repeated_cancel_can_be_accepted_instead() {
    let sandbox = Sandbox::builder().repeated_cancel(RepeatedCancel::Accepted).start().unwrap();
    sandbox.authorize("A");
    for (number, applied) in [(0, true), (1, false)] {
        let response = exchange(&sandbox, &cancel("A"));
        assert_eq!((response.status, &response.json()["state"]), (200, &"Canceled".into()));
        assert_eq!(sandbox.requests()[number].applied, applied);
    }
}

#[test]
fn the_checks_before_an_operation_and_their_problems() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let line = "POST /payments/A/cancel/ HTTP/1.1\r\nHost: x\r\n";
    let overlong = "x".repeat(2001);
    for (request, status, kind) in [
        (format!("{line}API-Version: 1\r\n\r\n"), 401, "about:blank"),
        (format!("{line}Authorization: Basic d3Jvbmc6d3Jvbmc=\r\nAPI-Version: 1\r\n\r\n"), 401, "about:blank"),
        (format!("{line}{AUTHORIZATION}{AUTHORIZATION}API-Version: 1\r\n\r\n"), 401, "about:blank"),
        (format!("{line}{AUTHORIZATION}\r\n"), 400, "about:blank"),
        (format!("{line}{AUTHORIZATION}API-Version: 2\r\n\r\n"), 400, "about:blank"),
        (cancel("MISSING"), 404, "/payment_not_found"),
        (cancel(&overlong), 400, "about:blank"),
        (cancel("%zz"), 400, "about:blank"),
        (cancel("A/B"), 404, ""),
        (cancel("A").replace("/cancel/", "/cancel"), 404, ""),
        (cancel("A").replace("POST", "PUT"), 404, ""),
    ] {
        let response = exchange(&sandbox, &request);
        assert_eq!(response.status, status, "{request}");
        let problem: serde_json::Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().ends_with(kind), "{problem}");
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{problem}");
        }
    }
    assert!(!sandbox.is_canceled("A"));
}

#[test]
fn a_reference_is_decoded_once() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("a/b%2Fc ö");
    let response = exchange(&sandbox, &cancel("a%2Fb%252Fc%20%C3%B6"));
    assert_eq!(response.status, 200, "{}", response.body);
    assert!(sandbox.is_canceled("a/b%2Fc ö"));
}

#[test]
fn an_authorization_makes_a_payment_that_can_be_queried_and_canceled() {
    let sandbox = Sandbox::start().unwrap();
    let body = r#"{"currency":"SEK","amount":9223372036854775807,"token":"t","comment":"c"}"#;
    let request = post("A", "card_token_authorization", body);
    let response = exchange(&sandbox, &request);
    assert_eq!(response.status, 201, "{}", response.body);
    let payment: serde_json::Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(payment["operations"], serde_json::json!(["Cancel", "Capture"]));
    assert_eq!(payment["amount"], 9_223_372_036_854_775_807_i64);
    assert_eq!((&payment["currency"], &payment["comment"]), (&"SEK".into(), &"c".into()));
    assert_eq!(exchange(&sandbox, &request).status, 400, "the reference is taken");
    assert_eq!(exchange(&sandbox, &query("A")).body, response.body);
    assert_eq!(exchange(&sandbox, &cancel("A")).status, 200);
    for bad in [
        r#"{"currency":"SEK","amount":-1,"token":"t"}"#,
        r#"{"currency":"sek","amount":1,"token":"t"}"#,
        r#"{"currency":"SEK","amount":1}"#,
        r#"{"currency":"SEK","amount":1,"token":""}"#,
        "",
    ] {
        let request = post("B", "card_token_authorization", bad);
        assert_eq!(exchange(&sandbox, &request).status, 400, "{bad}");
    }
}

#[test]
fn the_back_office_does_not_show() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    assert!(sandbox.cancel_in_back_office("A"));
    assert!(sandbox.is_canceled("A"));
    assert!(exchange(&sandbox, &query("A")).body.contains(r#""state":"Authorized""#));
    let logged = &sandbox.requests()[0];
    assert_eq!((logged.state.clone(), logged.canceled), (Some(PaymentState::Authorized), true));
}

#[test]
fn the_log_has_every_request_and_its_debug_no_secret() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    exchange(&sandbox, &cancel("A"));
    exchange(&sandbox, "GET /payments HTTP/1.1\r\nHost: x\r\n\r\n");
    let log = sandbox.requests();
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].method.as_str(), log[0].status, log[0].applied), ("POST", Some(200), true));
    assert_eq!(log[0].target, "/payments/A/cancel/");
    assert_eq!(log[0].header_names().collect::<Vec<_>>(), ["Host", "Authorization", "API-Version"]);
    assert_eq!(log[0].head_with_credentials(), cancel("A").as_bytes());
    assert_eq!((log[1].operation.clone(), log[1].status), (None, Some(401)));
    let debug = format!("{log:?} {sandbox:?}");
    assert!(debug.contains("/payments/A/cancel/") && !debug.contains("YWJjZGVmZ0"), "{debug}");
}

#[test]
fn a_problem_without_a_name_has_the_title_of_its_status() {
    let sandbox = Sandbox::start().unwrap();
    for (request, status, title) in [
        (cancel("A").replace(AUTHORIZATION, ""), 401, "Unauthorized"),
        (cancel("A").replace("API-Version: 1", "API-Version: 2"), 400, "Bad Request"),
        (cancel(""), 400, "Bad Request"),
    ] {
        let response = exchange(&sandbox, &request);
        assert_eq!((response.status, &response.json()["title"]), (status, &title.into()), "{request}");
        assert!(response.head.starts_with(&format!("http/1.1 {status} {}\r\n", title.to_lowercase())));
        assert_ne!(response.json()["detail"], "");
        assert_eq!(sandbox.requests().last().unwrap().problem, None);
    }
    let page = exchange(&sandbox, &query("A").replace("/payments/A/", "/_sandboxes"));
    assert_eq!((page.status, page.problem().as_str()), (404, "payment_not_found"));
}

#[test]
fn a_comment_and_a_reference_are_as_long_as_they_may_be() {
    let sandbox = Sandbox::start().unwrap();
    let reference = "%C3%B6".repeat(2_000);
    let body =
        |comment: usize| format!(r#"{{"currency":"SEK","amount":0,"token":"t","comment":"{}"}}"#, "ö".repeat(comment));
    assert_eq!(exchange(&sandbox, &post(&reference, "card_token_authorization", &body(257))).status, 400);
    let made = exchange(&sandbox, &post(&reference, "card_token_authorization", &body(256)));
    assert_eq!((made.status, &made.json()["comment"]), (201, &"ö".repeat(256).into()));
    let posting = format!(r#"{{"amount":0,"comment":"{}"}}"#, "ö".repeat(256));
    let captured = exchange(&sandbox, &post(&reference, "capture", &posting));
    assert_eq!(captured.status, 201, "{}", captured.body);
    // Nothing of it can be refunded.
    assert_eq!(captured.json()["operations"], serde_json::json!([]));
    assert_eq!(exchange(&sandbox, &query(&format!("{reference}x"))).status, 400);
}
