//! Any response: no panic, success exactly if it confirms the operation, and nothing of the response lost.

use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
use bambora_core::{Amount, CancelPayment, OperationExt as _, PaymentReference, QueryPayment};
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
    (CancelPayment::new(reference()), QueryPayment::new(reference()), authorize)
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
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object(inner),]
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
        "unrecognized",
        "capture",
        "success",
    ]);
    prop::collection::btree_map(name.prop_map(String::from), value, 0..10)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// An object that confirms a cancel, or nearly does.
fn near_confirmation() -> impl Strategy<Value = Value> {
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
    (reference, state, prop::option::of(progress), object(json())).prop_map(|(reference, state, progress, mut rest)| {
        let members = rest.as_object_mut().unwrap();
        members.insert("payment".to_owned(), reference.into());
        members.insert("state".to_owned(), state.into());
        members.remove("operationInProgress");
        if let Some(progress) = progress {
            members.insert("operationInProgress".to_owned(), progress);
        }
        rest
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        json().prop_map(|value| value.to_string().into_bytes()),
        near_confirmation().prop_map(|value| value.to_string().into_bytes()),
        (near_confirmation(), any::<prop::sample::Index>()).prop_map(|(value, cut)| {
            let whole = value.to_string().into_bytes();
            whole[..cut.index(whole.len())].to_vec()
        }),
        (near_confirmation(), any::<Vec<u8>>())
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
            .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_bytes(&value).ok()?)))
            .collect()
    })
}

/// A response that confirms a cancel, with whatever a server may add to it.
fn confirmation() -> impl Strategy<Value = Response<Vec<u8>>> {
    let escaped = r#""payment":"\u004fRDER-1001","state":"Cance\u006ced""#;
    let plain = r#""state":"Canceled","payment":"ORDER-1001""#;
    let required = prop::sample::select(vec![escaped, plain]);
    let texts =
        prop::sample::select(vec!["", r#","region":"emea_0","comment":null"#, r#","comment":"𝄞 \uD834\uDD1E""#]);
    let lists = prop::sample::select(vec![
        "",
        r#","operations":[],"captures":[],"refunds":[]"#,
        r#","operations":"","captures":"","operationInProgress":"false""#,
        r#","operations":["Cancel",{"id":1,"type":"Cancel","success":true}],"refunds":[{"amount":1}],"captures":[{"capture":{}}]"#,
        r#","operations":null,"operationInProgress":null,"amount":9223372036854775807"#,
    ]);
    let card = prop_oneof![
        Just(String::new()),
        json().prop_map(|card| format!(r#","card":{card}"#)),
        prop::sample::select(vec!["1e999", r#""\ud800""#, r#"{"token":"\udfff","cardNumber":-1e-999}"#, r#"["x"]"#])
            .prop_map(|card| format!(r#","card":{card}"#)),
    ];
    let more = prop_oneof![Just(String::new()), json().prop_map(|value| format!(r#","unrecognized":{value}"#))];
    let space = prop::sample::select(vec!["", " ", "\r\n\t"]);
    (required, texts, lists, card, more, space, prop::option::of("[iI]dentity(, )?")).prop_map(
        |(required, texts, lists, card, more, space, coding)| {
            let body = format!("{space}{{{space}{required}{texts}{lists}{card}{more}{space}}}{space}");
            let mut response = Response::new(body.into_bytes());
            if let Some(coding) = coding {
                response.headers_mut().insert("content-encoding", coding.parse().unwrap());
            }
            response
        },
    )
}

fn response() -> impl Strategy<Value = Response<Vec<u8>>> {
    let status = prop_oneof![6 => Just(200_u16), 1 => Just(201), 3 => 100_u16..1000];
    (status, headers(), body()).prop_map(|(status, headers, body)| {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = headers;
        response
    })
}

/// The rule for a confirmed cancel, written down once more and by other means: on serde's own `Value`, without the types under
/// test.
fn confirms_the_cancel(response: &Response<Vec<u8>>) -> bool {
    let coded = response.headers().get_all("content-encoding").iter().any(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        text.split(',').any(|coding| !["", "identity"].contains(&coding.trim()))
    });
    let Ok(Value::Object(payment)) = serde_json::from_slice(response.body()) else {
        return false;
    };
    let of = |name: &str| payment.get(name).unwrap_or(&Value::Null);
    let texts = ["region", "merchant", "currency", "comment"];
    response.status() == 200
        && !coded
        && of("payment") == REFERENCE
        && of("state") == "Canceled"
        && (of("operationInProgress") == false || [Value::Null, "false".into()].contains(of("operationInProgress")))
        && texts.iter().all(|name| is_text(of(name)))
        && is_amount(of("amount"))
        && is_list(of("captures"), is_posting)
        && is_list(of("refunds"), is_posting)
        && is_list(of("operations"), |operation| match operation {
            Value::Object(members) => {
                let success = members.get("success").unwrap_or(&Value::Null);
                is_text(members.get("type").unwrap_or(&Value::Null)) && (success.is_boolean() || success.is_null())
            }
            other => other.is_string(),
        })
}

fn is_text(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

fn is_amount(value: &Value) -> bool {
    value.is_null() || value.as_i64().is_some_and(|minor_units| minor_units >= 0)
}

fn is_list(value: &Value, is_entry: impl Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(entries) => entries.iter().all(is_entry),
        left_out => left_out.is_null() || left_out == "",
    }
}

fn is_posting(value: &Value) -> bool {
    let of = |name: &str| value.get(name).unwrap_or(&Value::Null);
    let is_plain = |value: &Value| {
        let of = |name: &str| value.get(name).unwrap_or(&Value::Null);
        value.is_object() && is_amount(of("amount")) && is_text(of("comment"))
    };
    is_plain(value) && (of("capture").is_null() || is_plain(of("capture")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn a_response_is_a_success_exactly_if_it_confirms_and_nothing_is_lost(response in response()) {
        let (cancel, query, authorize) = operations();
        let result = cancel.parse(&response);
        prop_assert_eq!(result.is_ok(), confirms_the_cancel(&response), "{:?}: {:?}", response, result);
        if let Ok(payment) = &result {
            prop_assert_eq!(&payment.payment, REFERENCE);
        }
        for error in [result, query.parse(&response), authorize.parse(&response)].into_iter().filter_map(Result::err) {
            prop_assert_eq!(error.status(), response.status());
            prop_assert_eq!(error.headers(), response.headers());
            prop_assert_eq!(error.body(), response.body());
        }
    }

    #[test]
    fn no_part_of_a_confirmation_confirms(value in near_confirmation(), cut: prop::sample::Index) {
        let whole = value.to_string().into_bytes();
        let part = whole[..cut.index(whole.len())].to_vec();
        let (cancel, query, _) = operations();
        let part = Response::new(part);
        prop_assert!(cancel.parse(&part).is_err());
        prop_assert!(query.parse(&part).is_err());
    }

    #[test]
    fn what_breaks_one_rule_confirms_nothing(response in confirmation(), break_it in breaks()) {
        let (cancel, ..) = operations();
        let confirmed = cancel.parse(&response);
        prop_assert!(confirmed.is_ok(), "{:?}: {:?}", response, confirmed);
        let Some(broken) = break_it.apply(response) else {
            return Err(TestCaseError::reject("a body that serde's Value does not hold"));
        };
        prop_assert!(cancel.parse(&broken).is_err(), "{:?}", broken);
    }
}

/// A way to break one rule of a confirmation.
#[derive(Clone, Debug)]
enum Break {
    Status(u16),
    Coding(&'static str),
    Member(&'static str, Value),
    /// Another member in front of the others: one that stands there already, or one that has a member twice within it.
    Prefix(&'static str),
    /// Bytes that are not UTF-8, in a text.
    Bytes(&'static [u8]),
    Around(&'static str, &'static str),
}

fn breaks() -> impl Strategy<Value = Break> {
    let status = prop_oneof![100_u16..200, 201_u16..1000];
    let member = prop::sample::select(vec![
        ("payment", Value::from("order-1001")),
        ("payment", Value::from("ORDER-1001 ")),
        ("payment", Value::Null),
        ("state", Value::from("canceled")),
        ("state", Value::from("Cancelled")),
        ("state", Value::from("Authorized")),
        ("operationInProgress", Value::from(true)),
        ("operationInProgress", Value::from("true")),
        ("operationInProgress", Value::from("")),
        ("operationInProgress", Value::from(0)),
        ("region", Value::from(1)),
        ("comment", Value::from(false)),
        ("amount", Value::from(-1)),
        ("amount", Value::from(1.0)),
        ("amount", Value::from(u64::MAX)),
        ("captures", Value::from("none")),
        ("refunds", Value::from(0)),
        ("operations", Value::from(vec![1])),
    ]);
    prop_oneof![
        status.prop_map(Break::Status),
        prop::sample::select(vec!["gzip", "identity, br", "x-unknown"]).prop_map(Break::Coding),
        member.prop_map(|(name, value)| Break::Member(name, value)),
        prop::sample::select(vec![
            r#""payment":"ORDER-1001","#,
            r#""stat\u0065":"Canceled","#,
            r#""new":1,"new":1,"#,
            r#""new":[[{"deep":{"a":1,"a":1}}]],"#,
            r#""new":"\q","#,
            r#""new":01,"#,
        ])
        .prop_map(Break::Prefix),
        prop::sample::select(vec![&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
            .prop_map(Break::Bytes),
        prop::sample::select(vec![("[", "]"), ("", "{}"), ("", "0"), ("\u{feff}", ""), ("x", ""), ("", "\0")])
            .prop_map(|(before, after)| Break::Around(before, after)),
    ]
}

impl Break {
    fn apply(self, mut response: Response<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let with_prefix = |body: &[u8], prefix: &[u8]| {
            let start = body.iter().position(|byte| *byte == b'{').unwrap() + 1;
            [&body[..start], prefix, &body[start..]].concat()
        };
        match self {
            Self::Status(status) => *response.status_mut() = StatusCode::from_u16(status).unwrap(),
            Self::Coding(coding) => {
                let coding = HeaderValue::from_static(coding);
                response.headers_mut().append("content-encoding", coding);
            }
            Self::Member(name, value) => {
                let mut payment: Value = serde_json::from_slice(response.body()).ok()?;
                payment[name] = value;
                *response.body_mut() = payment.to_string().into_bytes();
            }
            Self::Prefix(prefix) => *response.body_mut() = with_prefix(response.body(), prefix.as_bytes()),
            Self::Bytes(bytes) => {
                let prefix = [br#""new":""#, bytes, br#"","#].concat();
                *response.body_mut() = with_prefix(response.body(), &prefix);
            }
            Self::Around(before, after) => {
                let body = [before.as_bytes(), response.body(), after.as_bytes()].concat();
                *response.body_mut() = body;
            }
        }
        Some(response)
    }
}

#[test]
fn the_generator_makes_confirmations_too() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (cancel, ..) = operations();
    let confirmed = (0..4096)
        .map(|_| response().new_tree(&mut runner).unwrap().current())
        .filter(|response| cancel.parse(response).is_ok())
        .count();
    assert!(confirmed > 30, "{confirmed} of 4096");
}
