//! The requests of captures, refunds and authorizations by card, and what confirms them.

use bambora_core::errors::{Mismatch, ResponseErrorKind};
use bambora_core::operations::{AuthorizeCardPayment, Comment};
use bambora_core::operations::{EncryptedCard, EncryptedSessionKey};
use bambora_core::posting::{PostingKey, PostingKind, PostingOrder, PostingRequestKind};
use bambora_core::{
    Amount, CapturePayment, Operation, OperationExt as _, PaymentReference, RefundPayment, ResponseError,
};

use super::{payment, response};
use crate::requests::api;

fn reference() -> PaymentReference {
    "ORDER-1001".parse().unwrap()
}

fn capture() -> CapturePayment {
    CapturePayment::new(reference(), Amount::from(60))
}

fn refund() -> RefundPayment {
    RefundPayment::new(reference(), Amount::from(60))
}

fn authorize() -> AuthorizeCardPayment {
    let card = EncryptedCard::new("n", "c", "m", "y");
    let key = EncryptedSessionKey::new("f", "k");
    AuthorizeCardPayment::new(reference(), "EUR".parse().unwrap(), Amount::from(60), card, key)
}

/// The method, the path and the body of a request, and that it has the headers of every request.
fn sent<O: Operation>(operation: &O) -> (String, String) {
    let request = api().request(operation);
    assert_eq!(request.headers()["api-version"], "1");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["content-length"], request.body().len().to_string().as_str());
    assert_eq!(request.uri().host(), Some("api-beta.bambora.com"));
    let line = format!("{} {}", request.method(), request.uri().path());
    (line, String::from_utf8(request.into_body()).unwrap())
}

#[test]
fn the_documented_requests() {
    let expect = |(line, body): (String, String), path: &str, expected: &str| {
        assert_eq!((line, body.as_str()), (format!("POST /payments/ORDER-1001/{path}/"), expected));
    };
    expect(sent(&capture()), "capture", r#"{"amount":60}"#);
    let comment = || Comment::new("row \"5\"").unwrap();
    expect(sent(&capture().with_comment(comment())), "capture", r#"{"amount":60,"comment":"row \"5\""}"#);
    expect(sent(&refund()), "refund", r#"{"amount":60}"#);
    expect(sent(&refund().with_comment(comment())), "refund", r#"{"amount":60,"comment":"row \"5\""}"#);
    expect(
        sent(&authorize()),
        "encrypted_card_authorization",
        r#"{"currency":"EUR","amount":60,"encryptedCard":{"cardNumber":"n","cvcCode":"c","expiryMonth":"m","expiryYear":"y"},"encryptedSessionKeys":[{"fingerprint":"f","sessionKey":"k"}],"token":false}"#,
    );
    let all = authorize()
        .with_session_key(EncryptedSessionKey::new("f2", "k2"))
        .request_token()
        .with_comment(comment())
        .for_merchant("987".parse().unwrap());
    let (_, body) = sent(&all);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["encryptedSessionKeys"][1], serde_json::json!({ "fingerprint": "f2", "sessionKey": "k2" }));
    assert_eq!((&body["token"], &body["merchant"]), (&true.into(), &"987".into()));
}

/// The requests of a flow are these, with the key as the comment.
#[test]
fn the_requests_of_a_flow() {
    let order = |kind| {
        let key = PostingKey::new("INVOICE-7").unwrap();
        PostingOrder::new(kind, reference(), Amount::from(60), key)
    };
    for (kind, path) in [(PostingKind::Capture, "capture"), (PostingKind::Refund, "refund")] {
        let request = PostingRequestKind::Post.request(&api(), &order(kind));
        let line = format!("{} {}", request.method(), request.uri().path());
        assert_eq!(line, format!("POST /payments/ORDER-1001/{path}/"));
        assert_eq!(request.body(), super::OURS.as_bytes());
        let request = PostingRequestKind::Query.request(&api(), &order(kind));
        assert_eq!(format!("{} {}", request.method(), request.uri().path()), "GET /payments/ORDER-1001/");
        assert!(request.body().is_empty());
    }
}

fn mismatch(error: &ResponseError) -> Option<&Mismatch> {
    match error.kind() {
        ResponseErrorKind::Unconfirmed { mismatch, .. } => Some(mismatch),
        _ => None,
    }
}

/// The payment object as it is documented, with the captures and refunds of one page or of another.
fn documented(state: &str, captures: &str, refunds: &str) -> String {
    format!(
        r#"{{"payment": "ORDER-1001", "currency": "EUR", "state": "{state}", "operations": ["Refund"], "region": "emea_0",
            "merchant": "123456789", "comment": null, "captures": {captures}, "operationInProgress": false,
            "refunds": {refunds}, "amount": 100}}"#
    )
}

/// Both shapes of a posting.
const SHAPES: [&str; 2] = [r#"{"amount": 60, "comment": "A"}"#, r#"{"capture": {"amount": 60, "comment": "A"}}"#];

#[test]
fn a_capture_is_confirmed_by_both_shapes() {
    let with_comment = capture().with_comment(Comment::new("A").unwrap());
    for shape in SHAPES {
        for list in [format!("[{shape}]"), format!(r#"[{{"amount": 40, "comment": "B"}}, {shape}]"#)] {
            for operation in [&capture(), &with_comment] {
                let payment = operation.parse(&response(201, documented("Captured", &list, "[]"))).unwrap();
                assert!(payment.captures.iter().any(|posting| posting.comment.as_deref() == Some("A")));
            }
        }
    }
    assert!(capture().parse(&payment(201, "Captured", r#"{"amount":60}"#)).is_ok());
    assert!(with_comment.parse(&payment(201, "Captured", r#"{"amount":60}"#)).is_err());
}

#[test]
fn a_refund_is_confirmed_by_201_and_by_200_and_a_capture_by_201_only() {
    let refunds = r#"[{"amount": 60, "comment": null}]"#;
    for status in [200, 201] {
        let captured_only = refund().parse(&response(status, documented("Refunded", refunds, "[]")));
        assert_eq!(mismatch(&captured_only.unwrap_err()), Some(&Mismatch::NoPosting));
        assert!(refund().parse(&response(status, documented("Refunded", "[]", refunds))).is_ok(), "{status}");
    }
    let captured = documented("Captured", &format!("[{}]", SHAPES[0]), "[]");
    assert!(capture().parse(&response(201, captured.clone())).is_ok());
    for status in [200, 202, 204] {
        assert!(capture().parse(&response(status, captured.clone())).is_err(), "{status}");
    }
}

#[test]
fn nothing_else_confirms_a_posting() {
    let captures = format!("[{}]", SHAPES[0]);
    for (body, is_expected) in [
        // Without the posting, with another amount, or as a posting of the other kind.
        (documented("Captured", "[]", "[]"), Some(Mismatch::NoPosting)),
        (documented("Captured", r#"[{"amount": 61}]"#, "[]"), Some(Mismatch::NoPosting)),
        (documented("Captured", r#"[{"capture": {"amount": 61}}]"#, "[]"), Some(Mismatch::NoPosting)),
        (documented("Captured", r#"[{"amount": "60"}]"#, "[]"), None),
        (documented("Captured", r#"[{}]"#, "[]"), Some(Mismatch::NoPosting)),
        (documented("Captured", "[]", &captures), Some(Mismatch::NoPosting)),
        (documented("Captured", &captures, "[]").replace("false", "true"), Some(Mismatch::OperationInProgress)),
        (documented("Captured", &captures, "[]").replace("ORDER-1001", "ORDER-1002"), None),
        (documented("Captured", &captures, "[]").replace('}', ""), None),
    ] {
        match capture().parse(&response(201, body.clone())) {
            Ok(_) => panic!("confirmed by {body}"),
            Err(error) => {
                if let Some(expected) = is_expected {
                    assert_eq!(mismatch(&error), Some(&expected), "{body}");
                }
            }
        }
    }
    let authorized = documented("Authorized", "[]", "[]");
    assert!(authorize().parse(&response(201, authorized.clone())).is_ok());
    assert!(authorize().parse(&response(200, authorized)).is_err());
    assert!(authorize().parse(&response(201, documented("Declined", "[]", "[]"))).is_err());
}
