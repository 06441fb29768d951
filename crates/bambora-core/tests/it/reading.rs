//! What was documented or seen is read; what could mislead is not.

use bambora_core::{
    CancelPayment, Doubt, Operation as _, Payment, PaymentOperation, PaymentState, QueryPayment,
    Reason, ResponseError, Unreadable,
};
use http::Response;

fn cancel(body: &str) -> Result<Payment, ResponseError> {
    CancelPayment::new("string".parse().unwrap()).parse(&Response::new(body))
}

fn canceled_with(members: &str) -> String {
    format!(r#"{{"payment": "string", "state": "Canceled"{members}}}"#)
}

/// The answer that the document prints, with `False` as the wire carries it.
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
fn the_documented_answer_is_the_proof() {
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
fn every_shape_that_was_seen_is_read() {
    for members in [
        "",
        r#", "operations": "", "captures": "", "operationInProgress": "false""#,
        r#", "operations": null, "captures": null, "refunds": null, "comment": null, "amount": null, "card": null"#,
        r#", "operations": ["Cancel", "Capture"]"#,
        r#", "operations": [{"id": 1, "type": "Cancel", "success": true, "references": []}]"#,
        r#", "captures": [{"amount": 1, "comment": "a"}], "refunds": [{"amount": 1}]"#,
        r#", "captures": [{"capture": {"amount": 1, "comment": null}}]"#,
        r#", "unheardOf": {"deep": [1, {"er": null}]}, "operationInProgress": null"#,
        r#", "amount": 9223372036854775807"#,
        r#", "card": {"cardNumber": 4111111111111111, "expiryMonth": "12", "expiryYear": 2030, "token": null}"#,
        r#", "card": """#,
        r#", "card": ["unheard", "of"]"#,
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
            error.reason(),
            Reason::Unreadable(Unreadable::NotAPayment { .. })
        );
        assert!(unreadable, "{body}: {error}");
        assert_eq!(error.body(), body.as_bytes());
    }
}

#[test]
fn a_payment_that_proves_nothing_is_shown_all_the_same() {
    for (body, expected) in [
        (
            r#"{"payment": "other", "state": "Canceled"}"#,
            Doubt::OtherReference,
        ),
        (
            r#"{"payment": "String", "state": "Canceled"}"#,
            Doubt::OtherReference,
        ),
        (
            r#"{"payment": "string", "state": "Authorized"}"#,
            Doubt::State,
        ),
        (
            r#"{"payment": "string", "state": "canceled"}"#,
            Doubt::State,
        ),
        (
            r#"{"payment": "string", "state": "Cancelled"}"#,
            Doubt::State,
        ),
        (r#"{"payment": "string", "state": "Voided"}"#, Doubt::State),
        (
            r#"{"payment": "string", "state": "Canceled", "operationInProgress": true}"#,
            Doubt::OperationInProgress,
        ),
    ] {
        let error = cancel(body).expect_err(body);
        let Reason::Unproven { doubt, .. } = error.reason() else {
            panic!("{body}: {error}");
        };
        assert_eq!(*doubt, expected, "{body}");
        assert!(error.payment().is_some());
    }
}

#[test]
fn an_unasked_coding_is_no_answer() {
    for coding in ["gzip", "br", "identity, gzip", "GZIP", "x"] {
        let response = Response::builder()
            .header("content-encoding", coding)
            .body(DOCUMENTED)
            .unwrap();
        let error = CancelPayment::new("string".parse().unwrap())
            .parse(&response)
            .unwrap_err();
        let coded = matches!(
            error.reason(),
            Reason::Unreadable(Unreadable::ContentCoding { .. })
        );
        assert!(coded, "{coding}: {error}");
    }
}

#[test]
fn unheard_of_names_are_kept_as_text() {
    let response =
        Response::new(r#"{"payment": "string", "state": "On Fire", "operations": ["Extinguish"]}"#);
    let payment = QueryPayment::new("string".parse().unwrap())
        .parse(&response)
        .unwrap();
    assert_eq!(payment.state.as_str(), "On Fire");
    assert_eq!(payment.operations[0].name(), Some("Extinguish"));
}

#[test]
fn the_report_of_a_payment_reads_back_and_has_no_card_in_it() {
    let body = canceled_with(
        r#", "captures": [{"amount": 1, "comment": "a"}], "operations": ["Refund"], "amount": 5, "currency": "EUR",
            "card": {"token": "tok_planted", "cardNumber": "400000******0002", "cardType": "Visa"}"#,
    );
    let payment = cancel(&body).unwrap();
    let json = payment.to_json();
    assert!(
        !json.contains("tok_planted") && !json.contains("0002"),
        "{json}"
    );
    let again = cancel(&json).unwrap();
    assert_eq!(
        (again.captures, again.operations, again.amount),
        (payment.captures, payment.operations, payment.amount)
    );
}
