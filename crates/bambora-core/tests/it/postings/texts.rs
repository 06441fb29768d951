//! Texts of others in what is kept and printed: bounded, and harmless to a terminal.

use std::time::Duration;

use bambora_core::flow::{Connection, Step};
use bambora_core::posting::PostingFlow;
use bambora_core::posting::{PostingKey, PostingOrder, PostingRequestKind as Kind};
use bambora_core::{Amount, PaymentReference, TransportError};
use http::Response;

use super::{merchant, order, payment, policy, response};

const MEGABYTE: usize = 1024 * 1024;

/// A kilobyte of a server's texts, twice in a flow, and the words around it.
const MOST: usize = 4_000;

/// Responses with this text wherever there is one, that do not confirm anything.
fn responses(text: &str) -> Vec<Response<Vec<u8>>> {
    let text = serde_json::to_string(text).unwrap();
    let text = text.trim_matches('"');
    let definition = "https://api.bambora.com/definitions/payments";
    let mut responses = vec![response(200, text), response(503, text)];
    for status in [400, 402, 409, 422, 429, 500] {
        for type_uri in [format!("{definition}/cannot_capture"), format!("{definition}/{text}"), text.to_owned()] {
            let body = format!(r#"{{"type":"{type_uri}","title":"{text}","detail":"{text}","status":{status}}}"#);
            responses.push(response(status, body));
        }
    }
    for (state, captures) in [
        (text, "[]".to_owned()),
        ("Canceled", format!(r#"[{{"amount":60,"comment":"{text}"}}]"#)),
        ("Captured", format!(r#"[{{"amount":61,"comment":"INVOICE-7","{text}":"{text}"}}]"#)),
    ] {
        let body = format!(
            r#"{{"payment":"ORDER-1001","state":"{state}","comment":"{text}","region":"{text}","captures":{captures}}}"#
        );
        responses.extend([response(200, body.clone()), response(201, body)]);
    }
    responses
}

/// Feeds both requests of a flow, and returns all that can be printed or stored of it.
fn printed(order: &PostingOrder, feed: impl Fn(&mut PostingFlow)) -> Vec<String> {
    let mut texts = Vec::new();
    for due in [Kind::Query, Kind::Post] {
        let mut flow = PostingFlow::new(merchant(), order.clone(), policy(), 1);
        if due == Kind::Post {
            let _ = flow.step(Duration::ZERO);
            let reference = serde_json::to_string(order.reference.as_str()).unwrap();
            let open = format!(r#"{{"payment":{reference},"state":"Authorized"}}"#);
            flow.on_response(&response(200, open), Connection::Fresh);
        }
        assert_eq!(flow.step(Duration::ZERO), Step::Send(due));
        feed(&mut flow);
        if let Some(checkpoint) = flow.checkpoint() {
            texts.extend([checkpoint.to_string(), format!("{checkpoint:?}")]);
        }
        let debug = format!("{flow:?}");
        let outcome = flow.stop();
        texts.extend([debug, outcome.to_string(), format!("{outcome:?}")]);
        // A program that prints JSON escapes what harms a terminal.
        #[cfg(feature = "serde")]
        texts.push(serde_json::to_string(&outcome).unwrap().replace(is_harmful, "\\u0000"));
        if let Err(error) = outcome.into_result() {
            texts.push(error.to_string());
        }
    }
    texts
}

#[test]
fn a_long_text_of_a_server_is_cut_wherever_it_is_kept() {
    for text in ["x", "\u{1b}", "\u{202e}", "𝄞"].map(|character| character.repeat(MEGABYTE / 8)) {
        // Escapes make a text longer, up to ten times as they are printed.
        let most = if text.starts_with('x') { MOST } else { 8 * MOST };
        for response in responses(&text) {
            for text in printed(&order(), |flow| flow.on_response(&response, Connection::Fresh)) {
                assert!(text.len() <= most, "{} bytes: {text:.300}", text.len());
            }
        }
        for text in printed(&order(), |flow| flow.on_failure(&TransportError::unknown(text.clone()))) {
            assert!(text.len() <= most, "{} bytes: {text:.300}", text.len());
        }
    }
}

/// The longest reference and the longest key are kept as they are, in all that names the order.
#[test]
fn the_longest_order_is_kept_whole_and_nothing_grows_beyond_it() {
    let reference = PaymentReference::new("é".repeat(PaymentReference::MAX_CHARACTERS)).unwrap();
    let key = PostingKey::new("é".repeat(256)).unwrap();
    let order = PostingOrder::capture(reference, Amount::from_minor_units(i64::MAX).unwrap(), key);
    for text in printed(&order, |flow| flow.on_failure(&TransportError::unknown("reset"))) {
        assert!(text.len() < 40_000, "{} bytes", text.len());
    }
    let mut flow = PostingFlow::new(merchant(), order.clone(), policy(), 1);
    let _ = flow.step(Duration::ZERO);
    let reference = order.reference.as_str();
    let open = format!(r#"{{"payment":"{reference}","state":"Authorized"}}"#);
    flow.on_response(&response(200, open), Connection::Fresh);
    let _ = flow.step(Duration::ZERO);
    let checkpoint = flow.checkpoint().unwrap();
    let stored = checkpoint.to_string();
    assert!(stored.is_ascii() && !stored.contains(char::is_control));
    assert_eq!(stored.parse::<bambora_core::posting::PostingCheckpoint>().unwrap().order(), &order);
}

fn is_harmful(character: char) -> bool {
    character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character) || character == '\u{2066}'
}

#[test]
fn no_text_of_a_server_or_a_merchant_moves_a_cursor() {
    let harm = "a\u{1b}[2J\u{9b}31m\r\n\u{85}\u{202e}\u{2066}\0b";
    // A reference and a key have no control characters, but may have others that reorder text.
    let reference = PaymentReference::new("A\u{202e}B").unwrap();
    let order = PostingOrder::capture(reference, Amount::from(60), PostingKey::new("I\u{202e}\u{2066}7").unwrap());
    let shown = order.to_string();
    assert!(!shown.contains(is_harmful), "{shown:?}");
    for response in responses(harm) {
        for text in printed(&super::order(), |flow| flow.on_response(&response, Connection::Fresh)) {
            assert!(!text.contains(is_harmful), "{text:?}");
        }
    }
    for text in printed(&super::order(), |flow| flow.on_failure(&TransportError::unknown(harm))) {
        assert!(!text.contains(is_harmful), "{text:?}");
    }
    let found = payment(200, "Captured", r#"{"amount":61,"comment":"INVOICE-7"}"#);
    for text in printed(&super::order(), |flow| flow.on_response(&found, Connection::Fresh)) {
        assert!(!text.contains(harm));
    }
}
