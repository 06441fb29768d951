//! Whatever a server answers: no panic, no success that is not the proof, and nothing of the answer lost.

use bambora_core::{
    Amount, AuthorizeTokenPayment, CancelPayment, CardToken, Operation, PaymentReference,
    QueryPayment,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use proptest::prelude::*;
use serde_json::{Map, Value};

const REFERENCE: &str = "ORDER-1001";

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

fn operations() -> (CancelPayment, QueryPayment, AuthorizeTokenPayment) {
    let authorize = AuthorizeTokenPayment::new(
        reference(),
        "EUR".parse().unwrap(),
        Amount::from_minor_units(100).unwrap(),
        CardToken::new("token").unwrap(),
    );
    (
        CancelPayment::new(reference()),
        QueryPayment::new(reference()),
        authorize,
    )
}

/// JSON of any shape, with the names and values that matter in it more often than chance would have them.
fn json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        REFERENCE,
        "ORDER-1002",
        "",
        "Canceled",
        "Authorized",
        "false",
        "true",
        "EUR",
        "about:blank",
        "https://api.bambora.com/definitions/payments/payment_operation_blocked",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "payment",
        "state",
        "operationInProgress",
        "operations",
        "captures",
        "refunds",
        "amount",
        "currency",
        "comment",
        "region",
        "merchant",
        "card",
        "type",
        "title",
        "detail",
        "status",
        "unheardOf",
    ]);
    prop::collection::btree_map(name.prop_map(String::from), value, 0..10)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// An object that is nearly a proof, or one.
fn near_proof() -> impl Strategy<Value = Value> {
    let reference = prop_oneof![9 => Just(REFERENCE.to_owned()), 1 => any::<String>()];
    let state = prop_oneof![
        8 => Just("Canceled".to_owned()),
        1 => Just("canceled".to_owned()),
        1 => Just("Authorized".to_owned()),
    ];
    let progress = prop_oneof![
        Just(Value::Null),
        Just(Value::from(false)),
        Just(Value::from(true)),
        Just(Value::from("false")),
        Just(Value::from("true")),
        Just(Value::from(0)),
    ];
    (reference, state, prop::option::of(progress), object(json())).prop_map(
        |(reference, state, progress, mut rest)| {
            let members = rest.as_object_mut().unwrap();
            members.insert("payment".to_owned(), reference.into());
            members.insert("state".to_owned(), state.into());
            members.remove("operationInProgress");
            if let Some(progress) = progress {
                members.insert("operationInProgress".to_owned(), progress);
            }
            rest
        },
    )
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        json().prop_map(|value| value.to_string().into_bytes()),
        near_proof().prop_map(|value| value.to_string().into_bytes()),
        (near_proof(), any::<prop::sample::Index>()).prop_map(|(value, cut)| {
            let whole = value.to_string().into_bytes();
            whole[..cut.index(whole.len())].to_vec()
        }),
        (near_proof(), any::<Vec<u8>>())
            .prop_map(|(value, more)| { [value.to_string().into_bytes(), more].concat() }),
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop::sample::select(vec![
        "content-type",
        "content-encoding",
        "content-length",
        "retry-after",
        "location",
        "x-any",
    ]);
    let value = prop_oneof![
        Just(b"application/json".to_vec()),
        Just(b"gzip".to_vec()),
        Just(b"identity".to_vec()),
        any::<Vec<u8>>(),
    ];
    prop::collection::vec((name, value), 0..4).prop_map(|headers| {
        headers
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    HeaderName::from_static(name),
                    HeaderValue::from_bytes(&value).ok()?,
                ))
            })
            .collect()
    })
}

fn answer() -> impl Strategy<Value = Response<Vec<u8>>> {
    let status = prop_oneof![6 => Just(200_u16), 1 => Just(201), 3 => 100_u16..1000];
    (status, headers(), body()).prop_map(|(status, headers, body)| {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = headers;
        response
    })
}

/// The rule for a proof, written down once more and by other means: on the parsed JSON, not with the types under test.
fn is_proof_of_cancel(response: &Response<Vec<u8>>) -> bool {
    let coded = response
        .headers()
        .get_all("content-encoding")
        .iter()
        .any(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            text.split(',')
                .any(|coding| !["", "identity"].contains(&coding.trim()))
        });
    let Ok(Value::Object(payment)) = serde_json::from_slice(response.body()) else {
        return false;
    };
    let settled = match payment.get("operationInProgress") {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text == "false",
        Some(_) => false,
    };
    response.status() == 200
        && !coded
        && payment.get("payment") == Some(&Value::from(REFERENCE))
        && payment.get("state") == Some(&Value::from("Canceled"))
        && settled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn only_the_proof_is_a_success_and_nothing_is_lost(response in answer()) {
        let (cancel, query, authorize) = operations();
        let result = cancel.parse(&response);
        if let Ok(payment) = &result {
            prop_assert!(is_proof_of_cancel(&response), "{response:?}");
            prop_assert_eq!(&payment.payment, REFERENCE);
        }
        for error in [result, query.parse(&response), authorize.parse(&response)].into_iter().filter_map(Result::err) {
            prop_assert_eq!(error.status(), response.status());
            prop_assert_eq!(error.headers(), response.headers());
            prop_assert_eq!(error.body(), response.body());
            let shown = error.to_string();
            prop_assert!(!shown.chars().any(char::is_control), "{}", shown);
        }
    }

    #[test]
    fn a_limit_is_a_limit(response in answer(), limit in 0_usize..64) {
        let (cancel, ..) = operations();
        if response.body().len() > limit {
            prop_assert!(cancel.parse_within(&response, limit).is_err());
        }
    }

    #[test]
    fn no_part_of_a_proof_is_a_proof(value in near_proof(), cut: prop::sample::Index) {
        let whole = value.to_string().into_bytes();
        let part = whole[..cut.index(whole.len())].to_vec();
        let (cancel, query, _) = operations();
        let part = Response::new(part);
        prop_assert!(cancel.parse(&part).is_err());
        prop_assert!(query.parse(&part).is_err());
    }
}

#[test]
fn the_generator_makes_proofs_too() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (cancel, ..) = operations();
    let proofs = (0..4096)
        .map(|_| answer().new_tree(&mut runner).unwrap().current())
        .filter(|response| cancel.parse(response).is_ok())
        .count();
    assert!(proofs > 10, "{proofs} of 4096");
}
