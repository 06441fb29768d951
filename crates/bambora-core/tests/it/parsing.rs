//! What was documented or seen is parsed; what could mislead is not.

use bambora_core::errors::{Mismatch, ResponseErrorKind};
use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
use bambora_core::payment::PaymentOperation;
use bambora_core::{
    CancelPayment, OperationExt as _, Payment, PaymentState, Problem, ProblemType, QueryPayment, ResponseError,
};
use http::{Response, Version};

fn cancel(body: &str) -> Result<Payment, ResponseError> {
    CancelPayment::new("string".parse().unwrap()).parse(&Response::new(body))
}

fn canceled_with(members: &str) -> String {
    format!(r#"{{"payment": "string", "state": "Canceled"{members}}}"#)
}

/// The response that the document prints, with `False` as the wire carries it.
const DOCUMENTED: &str = r#"{
  "payment": "string",
  "currency": "EUR",
  "state": "Canceled",
  "operations": [],
  "region": "string",
  "merchant": "string",
  "comment": "string",
  "captures": [],
  "operationInProgress": false,
  "refunds": [],
  "amount": 100
}"#;

#[test]
fn the_documented_response_confirms_the_cancel() {
    let payment = cancel(DOCUMENTED).unwrap();
    assert_eq!(payment.payment, "string");
    assert_eq!(payment.state, PaymentState::Canceled);
    assert_eq!(payment.currency.as_deref(), Some("EUR"));
    assert_eq!(payment.region.as_deref(), Some("string"));
    assert_eq!(payment.merchant.as_deref(), Some("string"));
    assert_eq!(payment.comment.as_deref(), Some("string"));
    assert_eq!(payment.amount.map(|amount| amount.minor_units()), Some(100));
    assert!(payment.operations.is_empty() && payment.captures.is_empty() && payment.refunds.is_empty());
    assert!(!payment.operation_in_progress);
}

#[test]
fn every_shape_that_was_seen_is_parsed() {
    for members in [
        "",
        r#", "operations": "", "captures": "", "operationInProgress": "false""#,
        r#", "operations": null, "captures": null, "refunds": null, "comment": null, "amount": null, "card": null"#,
        r#", "operations": ["Cancel", "Capture"]"#,
        r#", "operations": [{"id": 1, "type": "Cancel", "success": true, "references": []}]"#,
        r#", "captures": [{"amount": 1, "comment": "a"}], "refunds": [{"amount": 1}]"#,
        r#", "captures": [{"capture": {"amount": 1, "comment": null}}]"#,
        r#", "unrecognized": {"deep": [1, {"er": null}]}, "operationInProgress": null"#,
        r#", "amount": 9223372036854775807"#,
        r#", "card": {"cardNumber": 4111111111111111, "expiryMonth": "12", "expiryYear": 2030, "token": null}"#,
        r#", "card": """#,
        r#", "card": ["a", "list"]"#,
    ] {
        let body = canceled_with(members);
        assert!(cancel(&body).is_ok(), "{body}: {}", cancel(&body).unwrap_err());
        let with_space = format!("\r\n\t {body} \n");
        assert!(cancel(&with_space).is_ok());
    }
    let shapes = canceled_with(
        r#", "captures": [{"amount": 1, "comment": "a"}, {"capture": {"amount": 2, "comment": "b"}}],
            "operations": ["Refund", {"type": "Cancel"}]"#,
    );
    let payment = cancel(&shapes).unwrap();
    let amounts: Vec<_> = payment.captures.iter().map(|capture| capture.amount.unwrap().minor_units()).collect();
    assert_eq!(amounts, [1, 2]);
    let names: Vec<_> = payment.operations.iter().map(PaymentOperation::name).collect();
    assert_eq!(names, [Some("Refund"), Some("Cancel")]);
}

#[test]
fn what_could_mislead_is_not_a_payment() {
    for body in [
        "",
        "{}",
        "null",
        "true",
        r#"["string", "Canceled"]"#,
        r#"[{"payment": "string", "state": "Canceled"}]"#,
        r#"{"payment": "string", "state": "Canceled", "state": "Authorized"}"#,
        r#"{"payment": "string", "payment": "string", "state": "Canceled"}"#,
        r#"{"payment": "string"}"#,
        r#"{"state": "Canceled"}"#,
        r#"{"payment": null, "state": "Canceled"}"#,
        r#"{"payment": "string", "state": null}"#,
        r#"{"payment": "string", "state": "Canceled"}{}"#,
        r#"{"payment": "string", "state": "Canceled"} x"#,
        r#"{'payment': 'string', 'state': 'Canceled'}"#,
        r#"{"payment": "string", "state": "Canceled", "operationInProgress": False}"#,
        r#"{"payment": "string", "state": "Canceled", "operationInProgress": "maybe"}"#,
        r#"{"payment": "string", "state": "Canceled", "amount": -1}"#,
        r#"{"payment": "string", "state": "Canceled", "amount": 1.5}"#,
        r#"{"payment": "string", "state": "Canceled", "captures": [[5, "x"]]}"#,
        r#"{"payment": "string", "state": "Canceled", "captures": [{"capture": [5, "x"]}]}"#,
        "\u{feff}{\"payment\": \"string\", \"state\": \"Canceled\"}",
    ] {
        let error = cancel(body).expect_err(body);
        let unreadable = matches!(error.kind(), ResponseErrorKind::Unreadable { detail, .. } if detail.starts_with("is not a payment object"));
        assert!(unreadable, "{body}: {error}");
        assert_eq!(error.body(), body.as_bytes());
    }
}

#[test]
fn a_payment_that_confirms_nothing_is_shown_all_the_same() {
    for (body, expected) in [
        (r#"{"payment": "other", "state": "Canceled"}"#, Mismatch::OtherReference),
        (r#"{"payment": "String", "state": "Canceled"}"#, Mismatch::OtherReference),
        (r#"{"payment": "string", "state": "Authorized"}"#, Mismatch::State),
        (r#"{"payment": "string", "state": "canceled"}"#, Mismatch::State),
        (r#"{"payment": "string", "state": "Cancelled"}"#, Mismatch::State),
        (r#"{"payment": "string", "state": "Voided"}"#, Mismatch::State),
        (r#"{"payment": "string", "state": "Canceled", "operationInProgress": true}"#, Mismatch::OperationInProgress),
    ] {
        let error = cancel(body).expect_err(body);
        let ResponseErrorKind::Unconfirmed { mismatch, .. } = error.kind() else {
            panic!("{body}: {error}");
        };
        assert_eq!(*mismatch, expected, "{body}");
        assert!(error.payment().is_some());
    }
}

#[test]
fn an_error_keeps_the_whole_response() {
    let mut response = response(404, problem("payment_not_found"));
    *response.version_mut() = Version::HTTP_10;
    response.headers_mut().insert("x-request-id", http::HeaderValue::from_static("7"));
    let error = CancelPayment::new("string".parse().unwrap()).parse(&response).unwrap_err();
    for kept in [error.response(), error.clone().response()] {
        assert_eq!(
            (kept.status(), kept.version(), kept.body()),
            (response.status(), Version::HTTP_10, response.body())
        );
        assert_eq!(kept.headers(), response.headers());
    }
    assert_eq!((error.status().as_u16(), error.headers(), error.body()), (404, response.headers(), &**response.body()));
    assert_eq!(error.problem().map(Problem::kind), Some(ProblemType::PaymentNotFound));
    assert_eq!(error.payment(), None);
    assert_eq!(error.to_string(), "the API responded 404 payment_not_found");
    let shown = format!("{error:?}");
    assert!(shown.contains("status: 404") && shown.contains("headers: 1") && shown.contains("body_bytes: "), "{shown}");
    assert!(!shown.contains("x-request-id"), "{shown}");
}

#[test]
fn an_error_says_what_came_instead() {
    for (response, text) in [
        (
            response(503, "down"),
            "the server responded 503 without a problem document of the API, so it may not be the API",
        ),
        (response(200, ""), "the server responded 200, but its body is not a payment object: empty"),
        (
            response(200, r#"{"payment": "other", "state": "Canceled"}"#),
            "the API responded 200 with another payment: other",
        ),
        (
            response(200, canceled_with(r#", "operationInProgress": true"#)),
            "the API responded 200, but the payment is Canceled: an operation is still in progress on it",
        ),
    ] {
        let error = CancelPayment::new("string".parse().unwrap()).parse(&response).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.problem()), (text, None));
    }
}

#[test]
fn a_coding_that_was_not_asked_for_confirms_nothing() {
    for coding in ["gzip", "br", "identity, gzip", "GZIP", "x"] {
        let response = Response::builder().header("content-encoding", coding).body(DOCUMENTED).unwrap();
        let error = CancelPayment::new("string".parse().unwrap()).parse(&response).unwrap_err();
        let coded = matches!(error.kind(), ResponseErrorKind::Unreadable { detail, .. } if detail.starts_with("has the content coding"));
        assert!(coded, "{coding}: {error}");
    }
}

#[test]
fn unrecognized_names_are_kept_as_text() {
    let response = Response::new(r#"{"payment": "string", "state": "On Fire", "operations": ["Extinguish"]}"#);
    let payment = QueryPayment::new("string".parse().unwrap()).parse(&response).unwrap();
    assert_eq!(payment.state.as_str(), "On Fire");
    assert_eq!(payment.operations[0].name(), Some("Extinguish"));
}

fn response(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn problem(name: &str) -> String {
    format!(r#"{{"type":"https://api.bambora.com/definitions/payments/{name}","title":"","detail":"","status":404}}"#)
}

fn kind_of(response: &Response<Vec<u8>>) -> ResponseErrorKind {
    let cancel = CancelPayment::new("string".parse().unwrap());
    cancel.parse(response).unwrap_err().kind().clone()
}

#[test]
fn a_problem_of_another_status_than_the_response_is_not_the_apis() {
    let problem = |said: &str| {
        let type_uri = "https://api.bambora.com/definitions/payments/payment_not_found";
        format!(r#"{{"type":"{type_uri}","title":"","detail":"","status":{said}}}"#)
    };
    assert!(matches!(kind_of(&response(404, problem("404"))), ResponseErrorKind::Problem(_)));
    for said in [
        "503",
        r#""404""#,
        "404.0",
        "4.04e2",
        "70404",
        "65940",
        "-404",
        "{}",
        "[404]",
        "null",
        "true",
        r#""""#,
        "404,\"status\":404",
        "404,\"more\":[{\"a\":1,\"a\":1}]",
    ] {
        let kind = kind_of(&response(404, problem(said)));
        assert_eq!(kind, ResponseErrorKind::Status, "{said}");
    }
    let mut broken = problem("404").into_bytes();
    let place = broken.iter().position(|byte| *byte == b'b').unwrap();
    broken[place] = 0xff;
    assert_eq!(kind_of(&response(404, broken)), ResponseErrorKind::Status);
}

#[test]
fn a_blank_type_is_a_refusal_for_400_401_and_403_only() {
    for status in 201..1000 {
        let body = format!(r#"{{"type":"about:blank","title":"","detail":"","status":{status}}}"#);
        let is_problem = matches!(kind_of(&response(status, body)), ResponseErrorKind::Problem(_));
        assert_eq!(is_problem, [400, 401, 403].contains(&status), "{status}");
    }
}

/// One byte that is not UTF-8, at every place of a body.
#[test]
fn a_body_that_is_not_utf8_throughout_is_no_payment() {
    let query = QueryPayment::new("string".parse().unwrap());
    let body = canceled_with(r#", "comment": "a", "unrecognized": {"deep": ["b"]}, "card": {"token": "c"}"#);
    assert!(cancel(&body).is_ok());
    for place in 0..body.len() {
        for byte in [0x80, 0xc0, 0xff] {
            let mut broken = body.clone().into_bytes();
            broken[place] = byte;
            let error = query.parse(&Response::new(&broken)).unwrap_err();
            let is_unreadable = matches!(error.kind(), ResponseErrorKind::Unreadable { .. });
            assert!(is_unreadable, "{byte:x} at {place}: {error}");
        }
    }
}

#[test]
fn a_member_twice_at_any_depth_is_no_confirmation() {
    for members in [
        r#", "amount": 1, "amount": 1"#,
        r#", "unrecognized": 1, "unrecognized": 1"#,
        r#", "comment": null, "unrecognized": 1, "unrecognized": 1"#,
        r#", "unrecognized": 1, "\u0075nrecognized": 1"#,
        r#", "card": {"token": "a", "token": "a"}"#,
        r#", "card": {"unrecognized": [{"a": 1, "a": 1}]}"#,
        r#", "captures": [{"amount": 1, "amount": 1}]"#,
        r#", "captures": [{"capture": {"amount": 1, "amount": 1}}]"#,
        r#", "operations": [{"type": "Cancel", "type": "Cancel"}]"#,
        r#", "unrecognized": {"deep": [1, {"er": null, "er": null}]}"#,
    ] {
        // Beside the required members only, and beside all.
        for body in [canceled_with(members), DOCUMENTED.replace("\n}", &format!("{members}}}"))] {
            let error = cancel(&body).expect_err(&body);
            let is_unreadable = matches!(error.kind(), ResponseErrorKind::Unreadable { .. });
            assert!(is_unreadable, "{body}: {error}");
        }
    }
}

/// No document says which of the two they are.
#[test]
fn the_parts_of_a_card_are_texts_or_numbers() {
    for (part, expected) in [
        (r#""Visa""#, Some("Visa")),
        ("12", Some("12")),
        ("-1", Some("-1")),
        ("true", None),
        ("null", None),
        ("[1]", None),
        (r#"{"a": 1}"#, None),
    ] {
        let payment = cancel(&canceled_with(&format!(r#", "card": {{"cardType": {part}}}"#))).unwrap();
        assert_eq!(payment.card.unwrap().card_type.as_deref(), expected, "{part}");
    }
}

#[test]
fn an_odd_card_does_not_hide_a_confirmation() {
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested_part = format!(r#"{{"token": {nested}, "cardType": "Visa"}}"#);
    for card in [
        "1e999",
        "-1e-999",
        "\"\\ud800\"",
        r#"{"token": "\udfff", "cardType": "Visa"}"#,
        r#"{"expiryYear": 1e999, "cardType": "Visa"}"#,
        r#"["a", "list"]"#,
        "[]",
        "0",
        "false",
        nested.as_str(),
        nested_part.as_str(),
    ] {
        let payment = cancel(&canceled_with(&format!(r#", "card": {card}"#)));
        let payment = payment.unwrap_or_else(|error| panic!("{card:.60}: {error}"));
        let card_type = payment.card.and_then(|card| card.card_type);
        assert_eq!(card_type.is_some(), card.contains("Visa"), "{card:.60}");
    }
}

#[test]
fn a_plain_body_may_say_so() {
    for coding in ["identity", "Identity", "", "identity, identity", " identity ,"] {
        let response = Response::builder().header("content-encoding", coding).body(DOCUMENTED).unwrap();
        let parsed = CancelPayment::new("string".parse().unwrap()).parse(&response);
        assert!(parsed.is_ok(), "{coding}: {parsed:?}");
    }
}

#[test]
fn an_authorization_succeeds_only_as_authorized() {
    let authorize = AuthorizeTokenPayment::new(
        "string".parse().unwrap(),
        "EUR".parse().unwrap(),
        100.into(),
        CardToken::new("token").unwrap(),
    );
    let with_state = |state: &str| {
        let body = format!(r#"{{"payment": "string", "state": "{state}"}}"#);
        authorize.parse(&response(201, body))
    };
    assert!(with_state("Authorized").is_ok());
    for state in ["Declined", "None", "Captured", "authorized", "Canceled"] {
        let error = with_state(state).unwrap_err();
        let is_other_state = matches!(error.kind(), ResponseErrorKind::Unconfirmed { mismatch: Mismatch::State, .. });
        assert!(is_other_state, "{state}: {error}");
    }
    let ok = response(200, r#"{"payment": "string", "state": "Authorized"}"#);
    assert!(authorize.parse(&ok).is_err());
}
