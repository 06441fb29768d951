//! What was documented or seen is parsed; what could mislead is not.

use bambora_core::errors::{Mismatch, ResponseErrorKind, Unreadable};
use bambora_core::payment::PaymentOperation;
use bambora_core::{
    AuthorizeTokenPayment, CancelPayment, CardToken, OperationExt as _, Payment, PaymentState,
    QueryPayment, ResponseError,
};
use http::Response;

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
    assert!(
        payment.operations.is_empty() && payment.captures.is_empty() && payment.refunds.is_empty()
    );
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
        assert!(
            cancel(&body).is_ok(),
            "{body}: {}",
            cancel(&body).unwrap_err()
        );
        let with_space = format!("\r\n\t {body} \n");
        assert!(cancel(&with_space).is_ok());
    }
    let shapes = canceled_with(
        r#", "captures": [{"amount": 1, "comment": "a"}, {"capture": {"amount": 2, "comment": "b"}}],
            "operations": ["Refund", {"type": "Cancel"}]"#,
    );
    let payment = cancel(&shapes).unwrap();
    let amounts: Vec<_> = payment
        .captures
        .iter()
        .map(|capture| capture.amount.unwrap().minor_units())
        .collect();
    assert_eq!(amounts, [1, 2]);
    let names: Vec<_> = payment
        .operations
        .iter()
        .map(PaymentOperation::name)
        .collect();
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
        let unreadable = matches!(
            error.kind(),
            ResponseErrorKind::Unreadable(Unreadable::NotAPayment { .. })
        );
        assert!(unreadable, "{body}: {error}");
        assert_eq!(error.body(), body.as_bytes());
    }
}

#[test]
fn a_payment_that_confirms_nothing_is_shown_all_the_same() {
    for (body, expected) in [
        (
            r#"{"payment": "other", "state": "Canceled"}"#,
            Mismatch::OtherReference,
        ),
        (
            r#"{"payment": "String", "state": "Canceled"}"#,
            Mismatch::OtherReference,
        ),
        (
            r#"{"payment": "string", "state": "Authorized"}"#,
            Mismatch::State,
        ),
        (
            r#"{"payment": "string", "state": "canceled"}"#,
            Mismatch::State,
        ),
        (
            r#"{"payment": "string", "state": "Cancelled"}"#,
            Mismatch::State,
        ),
        (
            r#"{"payment": "string", "state": "Voided"}"#,
            Mismatch::State,
        ),
        (
            r#"{"payment": "string", "state": "Canceled", "operationInProgress": true}"#,
            Mismatch::OperationInProgress,
        ),
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
fn a_coding_that_was_not_asked_for_confirms_nothing() {
    for coding in ["gzip", "br", "identity, gzip", "GZIP", "x"] {
        let response = Response::builder()
            .header("content-encoding", coding)
            .body(DOCUMENTED)
            .unwrap();
        let error = CancelPayment::new("string".parse().unwrap())
            .parse(&response)
            .unwrap_err();
        let coded = matches!(
            error.kind(),
            ResponseErrorKind::Unreadable(Unreadable::ContentCoding { .. })
        );
        assert!(coded, "{coding}: {error}");
    }
}

#[test]
fn unrecognized_names_are_kept_as_text() {
    let response =
        Response::new(r#"{"payment": "string", "state": "On Fire", "operations": ["Extinguish"]}"#);
    let payment = QueryPayment::new("string".parse().unwrap())
        .parse(&response)
        .unwrap();
    assert_eq!(payment.state.as_str(), "On Fire");
    assert_eq!(payment.operations[0].name(), Some("Extinguish"));
}
