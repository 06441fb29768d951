//! Any text as a checkpoint: what is accepted means one thing, round-trips, and claims nothing when it is resumed.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::time::Duration;

use bambora_core::errors::InvalidCheckpoint;
use bambora_core::flow::{RequestKind, Step};
use bambora_core::posting::{PostingCheckpoint, PostingFlow, PostingOutcome, PostingPolicy, PostingRequestKind};
use bambora_core::{CancelFlow, CancelPolicy, Checkpoint, Merchant, Outcome, TransportError};
use bambora_fuzz::json::Json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let cancel = text.parse::<Checkpoint>();
    let posting = text.parse::<PostingCheckpoint>();
    assert!(cancel.is_err() || posting.is_err(), "one text is a checkpoint of two kinds");
    match cancel {
        Ok(checkpoint) => check_cancel(text, &checkpoint),
        Err(error) => check_error(text, "version", &error),
    }
    match posting {
        Ok(checkpoint) => check_posting(text, &checkpoint),
        Err(error) => check_error(text, "posting_version", &error),
    }
});

fn check_cancel(text: &str, checkpoint: &Checkpoint) {
    let json = read(text, "version", 2);
    check_merchant(&json, checkpoint.merchant());
    assert_eq!(string(&json, "reference"), checkpoint.reference().as_str());
    assert_eq!(number(&json, "cancels"), i64::from(checkpoint.cancels()));
    round_trip(checkpoint);

    let mut flow = CancelFlow::resume(checkpoint, CancelPolicy::default(), 0);
    assert!(flow.wants_fresh_connection());
    let kept = flow.checkpoint().expect("a resumed flow without a checkpoint");
    assert_eq!(kept, *checkpoint);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(RequestKind::Query));
    flow.on_failure(&TransportError::not_sent("refused"));
    let Outcome::Unknown(unknown) = flow.stop() else { panic!("a claim on nothing") };
    assert_eq!(unknown.checkpoint, *checkpoint);
}

fn check_posting(text: &str, checkpoint: &PostingCheckpoint) {
    let json = read(text, "posting_version", 1);
    check_merchant(&json, checkpoint.merchant());
    let order = checkpoint.order();
    assert_eq!(string(&json, "kind"), order.kind.as_str());
    assert_eq!(string(&json, "reference"), order.reference.as_str());
    assert_eq!(string(&json, "key"), order.key.as_str());
    assert_eq!(number(&json, "amount"), order.amount.minor_units());
    assert_eq!(number(&json, "posts"), i64::from(checkpoint.posts()));
    assert_eq!(json.member("posted_again") == Some(&Json::Bool(true)), checkpoint.has_posted_again());
    round_trip(checkpoint);

    let mut flow = PostingFlow::resume(checkpoint, PostingPolicy::default(), 0);
    let kept = flow.checkpoint().expect("a resumed flow without a checkpoint");
    assert_eq!(kept, *checkpoint);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(PostingRequestKind::Query));
    flow.on_failure(&TransportError::not_sent("refused"));
    let PostingOutcome::Unknown(unknown) = flow.stop() else { panic!("a claim on nothing") };
    assert_eq!(unknown.checkpoint, *checkpoint);
}

/// Reads the text with the reader of the oracles, which must accept it too.
fn read<'a>(text: &'a str, version: &str, known: i64) -> Json<'a> {
    let json = Json::read(text.as_bytes()).expect("a checkpoint that is not JSON");
    assert!(json.has_distinct_members(), "a checkpoint has a member twice");
    assert_eq!(number(&json, version), known);
    json
}

fn check_merchant(json: &Json<'_>, merchant: &Merchant) {
    let base_url = string(json, "base_url");
    assert_eq!(
        base_url.strip_suffix('/').unwrap_or(&base_url).to_ascii_lowercase(),
        merchant.base_url.to_string().to_ascii_lowercase()
    );
    assert_eq!(string(json, "merchant_number"), merchant.number.as_str());
}

fn string(json: &Json<'_>, name: &str) -> String {
    match json.member(name) {
        Some(Json::Text(text)) => text.meaning.clone().expect("a text that means nothing"),
        other => panic!("`{name}` is {other:?}"),
    }
}

fn number(json: &Json<'_>, name: &str) -> i64 {
    match json.member(name) {
        Some(Json::Number(digits)) => digits.parse().expect("a number that is not whole"),
        other => panic!("`{name}` is {other:?}"),
    }
}

/// The text that is written can be printed, is read as the same, and is written as the same again.
fn round_trip<C: FromStr<Err: Debug> + Display + PartialEq + Debug>(checkpoint: &C) {
    let written = checkpoint.to_string();
    assert!(written.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{written:?} is not plain ASCII");
    let read: C = written.parse().expect("what was written cannot be read");
    assert_eq!(read, *checkpoint);
    assert_eq!(read.to_string(), written);
}

/// Another version is told from a text that is none.
fn check_error(text: &str, member: &str, error: &InvalidCheckpoint) {
    let _ = error.to_string();
    if let InvalidCheckpoint::OtherVersion { version, known, .. } = error {
        let json = Json::read(text.as_bytes()).expect("a version in what is not JSON");
        assert_eq!(number(&json, member), i64::from(*version));
        assert_ne!(version, known);
    }
}
