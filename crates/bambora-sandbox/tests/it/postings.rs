//! Captures, refunds and authorizations of encrypted cards.

use bambora_core::PaymentState;
use bambora_sandbox::{CapturesShape, Effect, Fault, FaultResponse, Operation, Posting, RefundStatus, Sandbox};
use serde_json::json;

use crate::raw::{cancel, capture, exchange, post, query, refund};

fn with_payment() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox
}

#[test]
fn a_capture_returns_the_documented_object() {
    let sandbox = with_payment();
    let response = exchange(&sandbox, &capture("A", 100, "INVOICE-7"));
    assert_eq!(response.status, 201);
    assert_eq!(
        response.body,
        r#"{"payment":"A","currency":"EUR","state":"Captured","operations":["Refund"],"region":"emea_0","merchant":"sandbox","comment":null,"captures":[{"amount":100,"comment":"INVOICE-7"}],"operationInProgress":false,"refunds":[],"amount":100}"#
    );
    assert_eq!(exchange(&sandbox, &query("A")).body, response.body);
    assert_eq!(sandbox.captured("A"), 100);
    assert_eq!(sandbox.captures("A"), [Posting::new(100, Some("INVOICE-7"))]);
    assert!(!sandbox.is_canceled("A"));
    let logged = &sandbox.requests()[0];
    let operation = Some((Operation::Capture, "A".to_owned()));
    assert_eq!((&logged.operation, logged.applied), (&operation, true));
}

#[test]
fn partial_captures_and_refunds_add_up() {
    let sandbox = with_payment();
    for (request, status, state, operations) in [
        (capture("A", 30, "c1"), 201, "Captured", json!(["Capture", "Refund"])),
        (refund("A", 30, "r1"), 201, "Refunded", json!([])),
    ] {
        let response = exchange(&sandbox, &request);
        assert_eq!(response.status, status);
        assert_eq!(response.json()["state"], state);
        assert_eq!(response.json()["operations"], operations);
    }
    sandbox.authorize("A");
    for (request, problem, captured, refunded) in [
        (capture("A", 101, "over"), Some("cannot_capture"), 0, 0),
        (refund("A", 1, "early"), Some("invalid_payment_state_transition"), 0, 0),
        (capture("A", 60, "c1"), None, 60, 0),
        (cancel("A"), Some("invalid_payment_state_transition"), 60, 0),
        (capture("A", 41, "over"), Some("cannot_capture"), 60, 0),
        (refund("A", 61, "over"), Some("cannot_refund"), 60, 0),
        (refund("A", 10, "r1"), None, 60, 10),
        (capture("A", 40, "c2"), None, 100, 10),
        (capture("A", 0, "full"), Some("invalid_payment_state_transition"), 100, 10),
        (refund("A", 91, "over"), Some("cannot_refund"), 100, 10),
        (refund("A", 90, "r2"), None, 100, 100),
        (refund("A", 1, "done"), Some("invalid_payment_state_transition"), 100, 100),
    ] {
        let response = exchange(&sandbox, &request);
        let told = (response.status >= 400).then(|| response.problem());
        assert_eq!(told.as_deref(), problem, "{request}");
        let truth = (sandbox.captured("A"), sandbox.refunded("A"));
        assert_eq!(truth, (captured, refunded), "{request}");
    }
    let shown = exchange(&sandbox, &query("A")).json();
    assert_eq!(
        (&shown["captures"], &shown["refunds"], &shown["state"]),
        (
            &json!([{"amount": 60, "comment": "c1"}, {"amount": 40, "comment": "c2"}]),
            &json!([{"amount": 10, "comment": "r1"}, {"amount": 90, "comment": "r2"}]),
            &json!("Refunded"),
        )
    );
}

#[test]
fn what_is_left_decides_what_an_object_offers() {
    let sandbox = with_payment();
    for (request, operations) in [
        (capture("A", 0, ""), json!(["Capture"])),
        (capture("A", 40, ""), json!(["Capture", "Refund"])),
        (capture("A", 60, ""), json!(["Refund"])),
        (refund("A", 99, ""), json!(["Refund"])),
        (refund("A", 1, ""), json!([])),
    ] {
        let response = exchange(&sandbox, &request);
        assert_eq!((response.status, &response.json()["operations"]), (201, &operations), "{request}");
    }
    sandbox.insert("A", PaymentState::Settled);
    assert_eq!(exchange(&sandbox, &query("A")).json()["operations"], json!(["Refund"]));
}

#[test]
fn the_state_decides_what_is_possible() {
    for (state, captures, refunds) in [
        (PaymentState::None, false, false),
        (PaymentState::Authorized, true, false),
        (PaymentState::AuthorizationExpired, false, false),
        (PaymentState::Declined, false, false),
        (PaymentState::Voided, false, false),
        (PaymentState::Captured, false, true),
        (PaymentState::Settled, false, true),
        (PaymentState::Refunded, false, false),
        (PaymentState::Canceled, false, false),
    ] {
        for (request, possible) in [(capture("A", 1, ""), captures), (refund("A", 1, ""), refunds)] {
            let sandbox = Sandbox::start().unwrap();
            sandbox.insert("A", state.clone());
            let response = exchange(&sandbox, &request);
            if possible {
                assert_eq!(response.status, 201, "{state}");
            } else {
                assert_eq!(response.status, 422, "{state}");
                assert_eq!(response.problem(), "invalid_payment_state_transition");
                assert_eq!(sandbox.payment("A").unwrap().state, state);
            }
        }
    }
}

#[test]
fn a_bad_posting_is_a_400_and_a_missing_payment_a_404() {
    let sandbox = with_payment();
    sandbox.insert("C", PaymentState::Captured);
    let long = format!(r#"{{"amount":1,"comment":"{}"}}"#, "x".repeat(257));
    for body in [
        "",
        "{}",
        r#"{"amount":-1}"#,
        r#"{"amount":"1"}"#,
        r#"{"amount":1.5}"#,
        r#"{"amount":9223372036854775808}"#,
        r#"{"amount":1,"comment":7}"#,
        &long,
    ] {
        for request in [post("A", "capture", body), post("C", "refund", body)] {
            let response = exchange(&sandbox, &request);
            assert_eq!((response.status, response.problem().as_str()), (400, "about:blank"), "{request}");
        }
    }
    let zero = r#"{"amount":0}"#;
    assert_eq!(exchange(&sandbox, &post("C", "refund", zero)).status, 400);
    assert_eq!(exchange(&sandbox, &post("A", "capture", zero)).status, 201);
    for request in [capture("B", 1, ""), refund("B", 1, "")] {
        let response = exchange(&sandbox, &request);
        assert_eq!((response.status, response.problem().as_str()), (404, "payment_not_found"));
    }
    assert_eq!((sandbox.captured("A"), sandbox.refunded("C")), (0, 0));
}

#[test]
fn both_documented_statuses_and_shapes_can_be_had() {
    let sandbox =
        Sandbox::builder().refund_status(RefundStatus::Ok).captures_shape(CapturesShape::Nested).start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    let captured = exchange(&sandbox, &capture("A", 4_000, "c"));
    assert_eq!(captured.status, 201);
    let nested = json!([{"capture": {"amount": 4_000, "comment": "c"}}]);
    assert_eq!(captured.json()["captures"], nested);
    assert_eq!(captured.json()["currency"], "SEK");
    let refunded = exchange(&sandbox, &refund("A", 1, "r"));
    assert_eq!(refunded.status, 200);
    assert_eq!(refunded.json()["refunds"], json!([{"amount": 1, "comment": "r"}]));

    let silent = Sandbox::builder().hide_posting_comments().start().unwrap();
    silent.authorize("A");
    let captured = exchange(&silent, &capture("A", 1, "key"));
    assert_eq!(captured.json()["captures"], json!([{"amount": 1, "comment": null}]));
    assert_eq!(silent.captures("A"), [Posting::new(1, Some("key"))]);
}

#[test]
fn postings_of_others_show_and_count() {
    let sandbox = with_payment();
    assert!(sandbox.capture("A", 60, Some("theirs")));
    assert!(!sandbox.capture("A", 41, None));
    assert!(sandbox.refund("A", 20, None));
    assert!(!sandbox.refund("A", 41, None));
    assert!(!sandbox.capture("B", 1, None));
    let shown = exchange(&sandbox, &query("A")).json();
    assert_eq!(shown["captures"], json!([{"amount": 60, "comment": "theirs"}]));
    assert_eq!(shown["refunds"], json!([{"amount": 20, "comment": null}]));
    assert_eq!(sandbox.refunds("A"), [Posting::new(20, None)]);
}

#[test]
fn a_payment_canceled_in_the_back_office_cannot_be_captured() {
    let sandbox = with_payment();
    assert!(sandbox.cancel_in_back_office("A"));
    assert_eq!(exchange(&sandbox, &capture("A", 1, "")).problem(), "cannot_capture");
    assert_eq!(sandbox.captured("A"), 0);
}

const CARD: &str = r#"{"currency":"EUR","amount":100,"token":true,"encryptedCard":{"cardNumber":"a","cvcCode":"b","expiryMonth":"c","expiryYear":"d"},"encryptedSessionKeys":[{"fingerprint":"e","sessionKey":"f"}]}"#;

fn authorize_card(reference: &str, body: &str) -> String {
    post(reference, "encrypted_card_authorization", body)
}

#[test]
fn an_encrypted_card_makes_a_payment_with_a_card() {
    let sandbox = Sandbox::start().unwrap();
    let response = exchange(&sandbox, &authorize_card("A", CARD));
    assert_eq!(response.status, 201, "{response:?}");
    let payment = response.json();
    assert_eq!(payment["state"], "Authorized");
    assert_eq!(payment["card"]["token"], "sandbox-card-token");
    assert_eq!(payment["card"]["cardNumber"], "************0000");
    let without = exchange(&sandbox, &authorize_card("B", &CARD.replace("true", "false"))).json();
    assert!(without["card"]["token"].is_null() && without["card"].is_object());
    for (part, bad) in [
        (r#""cvcCode":"b","#, ""),
        (r#""e""#, r#""""#),
        (r#"{"fingerprint":"e","sessionKey":"f"}"#, ""),
        ("true", r#""yes""#),
        ("100", "-1"),
        ("EUR", "EURO"),
    ] {
        let body = CARD.replace(part, bad);
        assert_eq!(exchange(&sandbox, &authorize_card("C", &body)).status, 400, "{body}");
    }
    assert!(sandbox.payment("C").is_none());
}

/// Every operation that changes a payment, with what it takes to see whether it took effect.
fn changes() -> [(Operation, Option<PaymentState>, String, u16); 5] {
    let token = r#"{"currency":"EUR","amount":100,"token":"t"}"#;
    [
        (Operation::Cancel, Some(PaymentState::Authorized), cancel("A"), 200),
        (Operation::Capture, Some(PaymentState::Authorized), capture("A", 40, "key"), 201),
        (Operation::Refund, Some(PaymentState::Captured), refund("A", 40, "key"), 201),
        (Operation::Authorize, None, post("A", "card_token_authorization", token), 201),
        (Operation::AuthorizeCard, None, authorize_card("A", CARD), 201),
    ]
}

/// The number of times that the operation took effect.
fn effects(sandbox: &Sandbox, operation: Operation) -> usize {
    let Some(payment) = sandbox.payment("A") else {
        return 0;
    };
    match operation {
        Operation::Cancel => payment.effective_cancels as usize,
        Operation::Capture => payment.captures.len(),
        Operation::Refund => payment.refunds.len(),
        _ => usize::from(payment.state == PaymentState::Authorized),
    }
}

fn with_fault(operation: Operation, state: Option<PaymentState>, fault: Fault) -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    if let Some(state) = state {
        sandbox.insert("A", state);
    }
    sandbox.fault(operation, "A", fault);
    sandbox
}

#[test]
fn every_response_of_a_fault_goes_with_every_operation() {
    for (operation, state, request, success) in changes() {
        for (effect, times) in [(Effect::Apply, 1), (Effect::Skip, 0)] {
            for (response, status) in [
                (FaultResponse::Ok, success),
                (FaultResponse::Drop, 0),
                (FaultResponse::Reset, 0),
                (FaultResponse::ServerError(502), 502),
                (FaultResponse::Blocked, 409),
                (FaultResponse::Throttled, 429),
                (FaultResponse::Garbage, success),
                (FaultResponse::Cut, success),
                (FaultResponse::OtherReference, success),
                (FaultResponse::Problem(402, "cannot_capture"), 402),
            ] {
                let sandbox = with_fault(operation, state.clone(), Fault::new(effect, response));
                let told = exchange(&sandbox, &request);
                assert_eq!(told.status, status, "{operation:?} {effect:?} {response:?}: {told:?}");
                assert_eq!(effects(&sandbox, operation), times, "{operation:?} {response:?}");
                assert_eq!(sandbox.requests()[0].applied, times == 1);
                if response == FaultResponse::OtherReference {
                    assert_eq!(told.json()["payment"], "SOME-OTHER-PAYMENT");
                    let postings = told.json()["captures"].as_array().unwrap().len();
                    assert_eq!(postings > 0, matches!(operation, Operation::Capture | Operation::Refund));
                }
            }
        }
    }
}

#[test]
fn late_unfinished_and_failing_effects_go_with_every_operation() {
    for (operation, state, request, success) in changes() {
        for (effect, seen) in
            [(Effect::Late(2), [0, 1, 1, 1]), (Effect::Progress(1), [0, 1, 1, 1]), (Effect::Fail(1), [0, 0, 0, 0])]
        {
            let fault = Fault::new(effect, FaultResponse::Ok);
            let sandbox = with_fault(operation, state.clone(), fault);
            assert_eq!(exchange(&sandbox, &request).status, success, "{operation:?} {effect:?}");
            assert_eq!(effects(&sandbox, operation), 0, "{operation:?} {effect:?}");
            if !matches!(effect, Effect::Late(_)) {
                assert!(sandbox.payment("A").unwrap().operation_in_progress);
                let blocked = exchange(&sandbox, &request);
                assert_eq!(blocked.problem(), "payment_operation_blocked", "{operation:?}");
            }
            let after = seen.map(|_| {
                exchange(&sandbox, &query("A"));
                effects(&sandbox, operation)
            });
            assert_eq!(after, seen, "{operation:?} {effect:?}");
            assert!(!sandbox.payment("A").unwrap().operation_in_progress);
        }
    }
}

#[test]
fn a_late_capture_keeps_the_limits() {
    let sandbox = with_fault(
        Operation::Capture,
        Some(PaymentState::Authorized),
        Fault::new(Effect::Late(1), FaultResponse::Drop),
    );
    exchange(&sandbox, &capture("A", 60, "late"));
    // The late one takes effect first, so nothing is left for this one.
    assert_eq!(exchange(&sandbox, &capture("A", 60, "now")).problem(), "cannot_capture");
    assert_eq!(sandbox.captures("A"), [Posting::new(60, Some("late"))]);
}
