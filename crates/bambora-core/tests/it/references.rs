//! Every reference that is accepted names its own payment and nothing else, through any HTTP stack's eyes.

use bambora_core::{CancelPayment, PaymentReference, QueryPayment};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::requests::api;

/// Texts in which what breaks URLs is frequent.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/", "..", ".", "%", "%2F", "%2e%2e", "?", "#", "\\", ":", "@", "&", "=", "+", ";", " ", "//", "ä", "🙂",
            "\u{202e}",
        ])
        .prop_map(String::from),
        "[ -~]{1,4}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_is_accepted_survives_and_keeps_the_shape_of_the_path(text in text()) {
        let Ok(reference) = PaymentReference::new(text.clone()) else {
            let refusable = text.is_empty() || text == "." || text == ".." || text.chars().any(char::is_control)
                || text.chars().count() > 2000;
            prop_assert!(refusable, "{:?}", text);
            return Ok(());
        };
        let cancel = api().request(&CancelPayment::new(reference.clone()));
        let query = api().request(&QueryPayment::new(reference));
        for (request, tail) in [(cancel, &["cancel", ""][..]), (query, &[""][..])] {
            let uri = request.uri();
            prop_assert_eq!(uri.query(), None);
            let segments: Vec<_> = uri.path().split('/').collect();
            prop_assert_eq!(segments.len(), 3 + tail.len());
            prop_assert_eq!(&segments[..2], &["", "payments"][..]);
            prop_assert_eq!(&segments[3..], tail);
            prop_assert_eq!(percent_decode_str(segments[2]).decode_utf8().unwrap(), text.as_str());

            // What a stack on the WHATWG's URLs would send.
            let url = url::Url::parse(&uri.to_string()).unwrap();
            prop_assert_eq!(url.path(), uri.path());
            prop_assert_eq!((url.query(), url.fragment(), url.username()), (None, None, ""));
        }
    }
}

#[test]
fn the_longest_and_ugliest_reference() {
    let text: String = "/%🙂 ".chars().cycle().take(2000).collect();
    let reference = PaymentReference::new(text.clone()).unwrap();
    let request = api().request(&CancelPayment::new(reference));
    let segment = request.uri().path().split('/').nth(2).unwrap();
    assert_eq!(percent_decode_str(segment).decode_utf8().unwrap(), text);
    assert_eq!(segment.len(), 500 * (3 + 3 + 12 + 3));
}
