//! What a checkpoint is, and when there is one.

use std::time::Duration;

use bambora_core::errors::InvalidCheckpoint;
use bambora_core::flow::{Connection, RequestKind, Step};
use bambora_core::{BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Merchant, MerchantNumber, Outcome, TransportError};
use proptest::prelude::*;

use super::flow_under_test::merchant;
use super::responses::{REFERENCE, payment_in, problem};

fn flow() -> CancelFlow {
    let reference = REFERENCE.parse().unwrap();
    CancelFlow::new(merchant(), reference, CancelPolicy::default(), 0)
}

fn resumed(checkpoint: &Checkpoint) -> CancelFlow {
    CancelFlow::resume(checkpoint, CancelPolicy::default(), 0)
}

#[test]
fn there_is_one_exactly_while_a_request_may_have_arrived() {
    let at_once = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO);
    let policy = at_once.build().unwrap();
    let mut flow = CancelFlow::new(merchant(), REFERENCE.parse().unwrap(), policy, 0);
    assert_eq!(flow.checkpoint(), None);
    let _ = flow.step(Duration::ZERO);
    assert!(flow.checkpoint().is_some());
    flow.on_skipped();
    assert_eq!(flow.checkpoint(), None);
    let _ = flow.step(Duration::ZERO);
    flow.on_failure(&TransportError::not_sent("refused"));
    assert_eq!(flow.checkpoint(), None);
    let _ = flow.step(Duration::ZERO);
    assert!(flow.checkpoint().is_some());
    flow.on_failure(&TransportError::unknown("reset"));
    assert!(flow.checkpoint().is_some());
    let mut canceled = flow.clone();
    let _ = canceled.step(Duration::ZERO);
    canceled.on_response(&payment_in("Canceled"), Connection::Fresh);
    assert_eq!(canceled.checkpoint(), None);
    let Outcome::Unknown(unknown) = flow.stop() else {
        panic!("a request may have arrived");
    };
    assert_eq!(flow.checkpoint(), Some(unknown.checkpoint));
}

/// The schedule in which a stale checkpoint once became a false claim: a flow that resumes it after the payment was canceled is
/// offline, or is told 401.
#[test]
fn a_stale_checkpoint_resumed_twice_claims_nothing_that_is_not_so() {
    let mut first = flow();
    let _ = first.step(Duration::ZERO);
    let stored = first.checkpoint().unwrap();
    first.on_response(&payment_in("Canceled"), Connection::Fresh);
    assert!(matches!(first.stop(), Outcome::Canceled(_)));

    let mut offline = resumed(&stored);
    let outcome = loop {
        match offline.step(Duration::ZERO) {
            Step::Done(outcome) => break outcome,
            Step::Send(kind) => {
                assert_eq!(kind, RequestKind::Query);
                offline.on_failure(&TransportError::not_sent("refused"));
            }
            Step::Wait(_) => break offline.stop(),
        }
    };
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");

    let mut unauthorized = resumed(&stored);
    assert_eq!(unauthorized.step(Duration::ZERO), Step::Send(RequestKind::Query));
    unauthorized.on_response(&problem(401, "wrong_key"), Connection::Fresh);
    assert!(matches!(unauthorized.stop(), Outcome::Unknown(_)));
}

#[test]
fn a_resumed_flow_that_made_no_request_is_unknown() {
    let checkpoint = Checkpoint::new(merchant(), REFERENCE.parse().unwrap(), 1);
    let mut flow = resumed(&checkpoint);
    assert_eq!(flow.checkpoint().as_ref(), Some(&checkpoint));
    let _ = flow.step(Duration::ZERO);
    flow.on_skipped();
    let Outcome::Unknown(unknown) = flow.stop() else {
        panic!("a request may have arrived");
    };
    assert_eq!((unknown.checkpoint, unknown.observation), (checkpoint, None));
}

#[test]
fn it_belongs_to_its_merchant_and_address() {
    let checkpoint = Checkpoint::new(merchant(), REFERENCE.parse().unwrap(), 1);
    let number = |text: &str| MerchantNumber::new(text).unwrap();
    let elsewhere = BaseUrl::new("https://payments.example").unwrap();
    for other in [Merchant::new(BaseUrl::beta(), number("987654321")), Merchant::new(elsewhere, number("123456789"))] {
        let mismatch = checkpoint.check_merchant(&other).unwrap_err();
        assert_eq!((*mismatch.expected, *mismatch.found), (merchant(), other.clone()));
        assert!(resumed(&checkpoint).check_merchant(&other).is_err());
    }
    assert!(checkpoint.check_merchant(&merchant()).is_ok());
    assert!(resumed(&checkpoint).check_merchant(&merchant()).is_ok());
}

#[test]
fn another_version_is_refused_by_its_number() {
    let text = super::flow_under_test::checkpoint_after_one_cancel();
    for version in ["1", "3", "4294967295"] {
        let other = text.replace(r#""version":2"#, &format!(r#""version":{version}"#));
        let refused = other.parse::<Checkpoint>().unwrap_err();
        let is_other =
            matches!(refused, InvalidCheckpoint::OtherVersion { version: it, .. } if it.to_string() == version);
        assert!(is_other, "{refused}");
    }
    // What another version looks like besides its number is its own business.
    let newest = r#"{"version":7,"everything":"else"}"#.parse::<Checkpoint>();
    assert!(matches!(newest, Err(InvalidCheckpoint::OtherVersion { .. })));
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let text = super::flow_under_test::checkpoint_after_one_cancel();
    for (part, instead) in [
        (r#""version":2"#, r#""version":"2""#),
        (r#""version":2"#, r#""version":2.0"#),
        (r#""version":2"#, r#""version":2,"version":2"#),
        (r#""cancels":1"#, r#""cancels":-1"#),
        (r#""cancels":1"#, r#""cancels":4294967296"#),
        (r#""cancels":1"#, r#""cancels":1,"cancels":0"#),
        (REFERENCE, ".."),
        (REFERENCE, ""),
        ("123456789", "1:2"),
        ("https://api-beta.bambora.com", "ftp://api-beta.bambora.com"),
    ] {
        assert!(text.contains(part), "{part} in {text}");
        let other = text.replacen(part, instead, 1);
        assert!(other.parse::<Checkpoint>().is_err(), "{other}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_checkpoint_or_refused(text: String) {
        let _ = text.parse::<Checkpoint>();
    }

    #[test]
    fn its_text_is_one_line_of_ascii_and_reads_back(reference: String, cancels: u32) {
        let Ok(reference) = reference.parse() else {
            return Ok(());
        };
        let checkpoint = Checkpoint::new(merchant(), reference, cancels);
        let text = checkpoint.to_string();
        prop_assert!(text.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{}", text);
        prop_assert_eq!(text.parse(), Ok(checkpoint));
    }

    #[test]
    fn a_part_of_one_is_none(cut in 0_usize..400, reference in "[ -~äß🙂]{1,40}") {
        prop_assume!(reference != "." && reference != "..");
        let text = Checkpoint::new(merchant(), reference.parse().unwrap(), 3).to_string();
        let part: String = text.chars().take(cut).collect();
        prop_assert_eq!(part.parse::<Checkpoint>().is_ok(), part == text);
    }
}
