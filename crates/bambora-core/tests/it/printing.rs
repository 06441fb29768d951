//! Whatever a server says: no text that is printed moves a cursor, starts a line or reorders what stands around it.

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use bambora_core::errors::ResponseErrorKind;
use bambora_core::flow::{Canceled, Cause, Confirmation, Connection, NotSent, Observation, RequestKind};
use bambora_core::{
    BaseUrl, CancelFlow, CancelPayment, CancelPolicy, Checkpoint, Currency, Error as ApiError, Merchant,
    MerchantNumber, OperationExt as _, Outcome, PaymentReference, PaymentState, Problem, QueryPayment, TransportError,
};
use http::Response;
use proptest::prelude::*;

use crate::requests::api;

/// Control characters, and the invisible ones that reorder text.
fn is_harmful(character: char) -> bool {
    let invisible = "\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                     \u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}";
    character.is_control() || invisible.contains(character)
}

fn check(value: &dyn Display) -> Result<(), TestCaseError> {
    let shown = value.to_string();
    let harmful = shown.chars().find(|character| is_harmful(*character));
    prop_assert_eq!(harmful, None, "{:?}", shown);
    Ok(())
}

fn check_chain(error: &(dyn Error + 'static)) -> Result<(), TestCaseError> {
    let mut next = Some(error);
    while let Some(error) = next {
        check(&error)?;
        next = error.source();
    }
    Ok(())
}

/// Texts in which what harms a terminal is frequent.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\u{1b}[2J",
            "\u{9b}31m",
            "\u{202e}",
            "\u{2066}",
            "\u{7f}",
            "\r\n",
            "\u{85}",
            "\0",
            "\u{2028}",
            "\u{feff}",
            "404",
        ])
        .prop_map(String::from),
        any::<String>(),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// Responses with `text` in every place that is printed.
fn responses(text: &str) -> Vec<Response<Vec<u8>>> {
    let response = |status: u16, body: serde_json::Value| {
        let body = body.to_string().into_bytes();
        Response::builder().status(status).body(body).unwrap()
    };
    let problem = |status: u16, name: &str| {
        let type_uri = format!("https://api.bambora.com/definitions/payments/{name}");
        let body = serde_json::json!({"type": type_uri, "title": text, "detail": text, "status": status});
        response(status, body)
    };
    let mut coded = Response::new(Vec::new());
    if let Ok(coding) = http::HeaderValue::from_bytes(text.as_bytes()) {
        coded.headers_mut().insert("content-encoding", coding);
    }
    vec![
        problem(404, "payment_not_found"),
        problem(422, text),
        response(200, serde_json::json!({"payment": text, "state": "Canceled"})),
        response(200, serde_json::json!({"payment": "A", "state": text})),
        response(200, serde_json::json!({"payment": "A", "state": "None", text: 1, "operations": text})),
        response(503, serde_json::json!(text)),
        coded,
    ]
}

proptest! {
    #[test]
    fn no_response_reaches_a_terminal_raw(text in text()) {
        let reference: PaymentReference = "A".parse().unwrap();
        for response in responses(&text) {
            for error in [
                CancelPayment::new(reference.clone()).parse(&response).err(),
                QueryPayment::new(reference.clone()).parse(&response).err(),
            ].into_iter().flatten() {
                check_chain(&error)?;
                if let ResponseErrorKind::Problem(problem) = error.kind() {
                    check(problem)?;
                    check(&problem.kind())?;
                    check(&Observation::problem(problem))?;
                }
                check_chain(&ApiError::from(error))?;
            }
            for kind in [RequestKind::Cancel, RequestKind::Query] {
                let result = kind.judge(&reference, &response, Connection::Fresh);
                check(&result.observation)?;
            }
        }
    }

    #[test]
    fn no_outcome_reaches_a_terminal_raw(
        text in text(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..9),
        reference in text(),
        number in text(),
    ) {
        let reference = PaymentReference::new(reference).unwrap_or_else(|_| "A".parse().unwrap());
        let number = MerchantNumber::new(number).unwrap_or_else(|_| "1".parse().unwrap());
        let merchant = Merchant::new(api().base_url().clone(), number);
        check(&merchant)?;
        let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
        let mut flow = CancelFlow::new(merchant.clone(), reference.clone(), policy, 1);
        let responses = responses(&text);
        for pick in picks {
            let _ = flow.step(Duration::ZERO);
            match responses.get(pick.index(responses.len() + 2)) {
                Some(response) => flow.on_response(response, Connection::Fresh),
                None if pick.index(2) == 0 => flow.on_failure(&TransportError::not_sent(text.clone())),
                None => flow.on_failure(&TransportError::unknown(text.clone())),
            }
            if let Some(observation) = flow.observation() {
                check(observation)?;
            }
            if let Some(checkpoint) = flow.checkpoint() {
                check(&checkpoint)?;
                check(&checkpoint.check_merchant(api().merchant()).err().map_or(String::new(), |it| it.to_string()))?;
            }
        }
        let outcome = flow.stop();
        check(&outcome)?;
        check(&outcome.kind())?;
        if let Err(error) = outcome.into_result() {
            check_chain(&error)?;
        }
        check(&Cause::new(&text))?;
        check(&PaymentState::from(text.as_str()))?;
        check(&Problem::new(404, text.clone()))?;
        check(&Canceled::new(reference.clone(), Confirmation::Already))?;
        let mut not_sent = NotSent::new(reference);
        not_sent.cause = Some(Cause::new(&text));
        check(&Outcome::NotSent(not_sent))?;
    }

    #[test]
    fn no_refused_value_is_printed_raw(text in text()) {
        let refusals = [
            text.parse::<PaymentReference>().err().map(|error| error.to_string()),
            text.parse::<MerchantNumber>().err().map(|error| error.to_string()),
            text.parse::<BaseUrl>().err().map(|error| error.to_string()),
            text.parse::<Checkpoint>().err().map(|error| error.to_string()),
            format!(r#"{{"version":2,"{text}":"{text}"}}"#).parse::<Checkpoint>().err().map(|error| error.to_string()),
            text.parse::<Currency>().err().map(|error| error.to_string()),
        ];
        for refusal in refusals.iter().flatten() {
            check(refusal)?;
        }
    }
}
