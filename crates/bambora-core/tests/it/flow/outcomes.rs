//! What an outcome tells: its name for programs, and for people what happened and what to do next.

use std::error::Error;

use bambora_core::errors::InvalidReference;
use bambora_core::flow::{Canceled, Cause, Confirmation, NotSent, Observation, OutcomeKind, Refused, Unknown};
use bambora_core::payment::PaymentSummary;
use bambora_core::{Checkpoint, Outcome, PaymentReference, PaymentState, Problem, TransportError};

use super::flow_under_test::merchant;
use super::responses::REFERENCE;

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

fn lost() -> Box<Observation> {
    Box::new(Observation::from(&TransportError::unknown("reset")))
}

fn not_sent(attempts: u32, cause: Option<&str>) -> NotSent {
    let mut not_sent = NotSent::new(reference());
    (not_sent.attempts, not_sent.cause) = (attempts, cause.map(Cause::new));
    not_sent
}

fn each_outcome() -> [(Outcome, OutcomeKind, &'static str); 4] {
    let unknown = Unknown::new(Checkpoint::new(merchant(), reference(), 1));
    let refused = Refused::by_state(reference(), PaymentState::Captured);
    [
        (Outcome::Canceled(Canceled::new(reference(), Confirmation::Response)), OutcomeKind::Canceled, "canceled"),
        (Outcome::Refused(refused), OutcomeKind::Refused, "refused"),
        (Outcome::NotSent(NotSent::new(reference())), OutcomeKind::NotSent, "not_sent"),
        (Outcome::Unknown(unknown), OutcomeKind::Unknown, "unknown"),
    ]
}

#[test]
fn each_outcome_has_its_name_and_names_its_payment() {
    for (outcome, kind, name) in each_outcome() {
        assert_eq!((outcome.kind(), kind.as_str(), kind.to_string().as_str()), (kind, name, name));
        assert_eq!(outcome.reference(), &reference());
        let text = outcome.to_string();
        match outcome.into_result() {
            Ok(canceled) => assert_eq!((kind, canceled.to_string()), (OutcomeKind::Canceled, text)),
            Err(error) => assert_eq!(error.to_string(), text),
        }
    }
}

#[test]
fn what_a_confirmation_rests_on_has_its_name() {
    let names = [Confirmation::Response, Confirmation::Query, Confirmation::Already].map(Confirmation::as_str);
    assert_eq!(names, ["response", "query", "already"]);
    let text = |confirmation| Canceled::new(reference(), confirmation).to_string();
    assert!(text(Confirmation::Response).starts_with("canceled: "));
    assert!(text(Confirmation::Query).starts_with("canceled, confirmed by query: "));
    assert!(text(Confirmation::Already).starts_with("canceled already, "));
}

#[test]
fn a_refusal_by_a_problem_says_what_to_check() {
    for (status, advice) in [
        (400, "check the reference"),
        (401, "check the merchant number, token and secret"),
        (402, "query the payment before you go on"),
        (403, "ask for the permission to cancel"),
        (404, "check the reference, the merchant and the base URL"),
        (422, "query the payment before you go on"),
    ] {
        let text = Refused::by_problem(reference(), Problem::new(status, "a_problem")).to_string();
        let expected =
            format!("the API responded {status} a_problem; the request did not cancel the payment: {advice}");
        assert_eq!(text, format!("refused: {expected}"));
    }
}

/// A payment that could still be canceled does not explain a refusal, but one in any other state does.
#[test]
fn a_refusal_names_the_state_if_that_is_the_reason() {
    let refused = |state: &PaymentState, problem: bool| {
        let mut refused = Refused::by_state(reference(), state.clone());
        refused.problem = problem.then(|| Box::new(Problem::new(422, "a_problem")));
        refused.to_string()
    };
    for state in [PaymentState::Captured, PaymentState::Declined, PaymentState::Voided] {
        let expected = format!("refused: the payment is {state}, and only an Authorized one can be canceled");
        let end = "; look at what was done with it before you go on";
        assert_eq!(refused(&state, false), format!("{expected}{end}"));
        assert_eq!(refused(&state, true), format!("{expected} (422 a_problem){end}"));
    }
    for state in [PaymentState::Authorized, PaymentState::None, PaymentState::from("On Fire")] {
        let text = refused(&state, true);
        assert!(text.starts_with("refused: the API responded 422 a_problem; "), "{text}");
        assert!(refused(&state, false).starts_with(&format!("refused: the payment is {state}, ")));
    }
}

#[test]
fn not_sent_counts_its_attempts_and_says_why() {
    let end = ": no request of this cancel reached the server; check the connection and cancel the payment again";
    for (attempts, cause, begin) in [
        (0, None, "not sent: no request was made"),
        (1, None, "not sent after 1 attempt"),
        (2, Some("connection refused"), "not sent after 2 attempts (connection refused)"),
    ] {
        assert_eq!(not_sent(attempts, cause).to_string(), format!("{begin}{end}"));
    }
}

#[test]
fn unknown_says_what_was_seen_last() {
    let mut unknown = Unknown::new(Checkpoint::new(merchant(), reference(), 1));
    let end = "; resume from the checkpoint to find out, and claim neither until then";
    assert_eq!(unknown.to_string(), format!("unknown: the payment may or may not be canceled{end}"));
    unknown.observation = Some(lost());
    let seen = "the last request got no usable response: reset";
    assert_eq!(unknown.to_string(), format!("unknown: the payment may or may not be canceled ({seen}){end}"));
}

#[test]
fn the_cause_is_the_source_of_what_is_not_sent_or_unknown() {
    let source = |error: &dyn Error| error.source().map(ToString::to_string);
    assert_eq!(source(&not_sent(1, Some("refused"))).as_deref(), Some("refused"));
    assert_eq!(source(&not_sent(0, None)), None);
    let mut unknown = Unknown::new(Checkpoint::new(merchant(), reference(), 1));
    assert_eq!(source(&unknown), None);
    unknown.observation = Some(lost());
    assert_eq!(source(&unknown).as_deref(), Some("reset"));
    // What the API showed is no cause of a failure.
    unknown.observation = Some(Box::new(Observation::payment(PaymentSummary::new(PaymentState::Authorized))));
    assert_eq!(source(&unknown), None);
    assert!(InvalidReference::Empty.source().is_none());
}
