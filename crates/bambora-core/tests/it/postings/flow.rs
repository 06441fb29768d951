//! What is posted, and what is claimed.

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, Step};
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingOutcome, PostingPolicy, PostingRequestKind as Kind, RefusedBy,
};
use bambora_core::{BaseUrl, Merchant, TransportError};

use super::{HOUR, OURS, lost, merchant, order, payment, policy, problem};

fn flow() -> PostingFlow {
    PostingFlow::new(merchant(), order(), policy(), 7)
}

fn sends(flow: &mut PostingFlow, at: Duration, kind: Kind) {
    assert_eq!(flow.step(at), Step::Send(kind));
}

fn ends(flow: &mut PostingFlow) -> PostingOutcome {
    match flow.step(Duration::ZERO) {
        Step::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// A flow that has queried, and posts next.
fn about_to_post() -> PostingFlow {
    let mut flow = flow();
    sends(&mut flow, Duration::ZERO, Kind::Query);
    assert_eq!(flow.checkpoint(), None, "nothing was posted yet");
    flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
    sends(&mut flow, Duration::ZERO, Kind::Post);
    assert!(flow.checkpoint().is_some());
    flow
}

/// It may have been sent: a flow that is stopped then, or asked for its next step, is in doubt.
#[test]
fn a_posting_whose_result_is_not_fed_counts_as_one_without_a_response() {
    assert!(matches!(about_to_post().stop(), PostingOutcome::Unknown(_)));
    let mut flow = about_to_post();
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
    assert!(matches!(flow.stop(), PostingOutcome::Unknown(_)));
}

#[test]
fn what_is_there_already_is_not_posted() {
    let mut flow = flow();
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&payment(200, "Captured", OURS), Connection::Fresh);
    let PostingOutcome::Posted(posted) = ends(&mut flow) else { panic!("it is there") };
    assert_eq!(posted.confirmation, Confirmation::Already);
}

#[test]
fn the_same_amount_without_the_key_is_not_ours_and_the_key_on_another_is_refused() {
    let mut other = flow();
    sends(&mut other, Duration::ZERO, Kind::Query);
    let foreign = r#"{"amount":60,"comment":"INVOICE-8"}"#;
    other.on_response(&payment(200, "Authorized", foreign), Connection::Fresh);
    sends(&mut other, Duration::ZERO, Kind::Post);

    let mut used = flow();
    sends(&mut used, Duration::ZERO, Kind::Query);
    let used_key = r#"{"amount":61,"comment":"INVOICE-7"}"#;
    used.on_response(&payment(200, "Captured", used_key), Connection::Fresh);
    let PostingOutcome::Refused(refused) = ends(&mut used) else { panic!("the key is used") };
    assert!(matches!(*refused.by, RefusedBy::KeyUsed { .. }));
}

#[test]
fn in_doubt_nothing_is_posted() {
    for result in [
        Err(lost()),
        Ok((problem(503, "down"), Connection::Fresh)),
        Ok((problem(422, "invalid_payment_state_transition"), Connection::Reused)),
        Ok((payment(201, "Captured", ""), Connection::Fresh)),
        Ok((payment(200, "Captured", OURS), Connection::Fresh)),
    ] {
        let mut flow = about_to_post();
        match &result {
            Err(error) => flow.on_failure(error),
            Ok((response, connection)) => flow.on_response(response, *connection),
        }
        for _ in 0..3 {
            sends(&mut flow, HOUR, Kind::Query);
            flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
        }
        let PostingOutcome::Unknown(unknown) = ends(&mut flow) else { panic!("nobody knows") };
        let mut resumed = PostingFlow::resume(&unknown.checkpoint, policy(), 7);
        sends(&mut resumed, Duration::ZERO, Kind::Query);
        resumed.on_response(&payment(200, "Captured", OURS), Connection::Fresh);
        let PostingOutcome::Posted(posted) = ends(&mut resumed) else { panic!("it is there") };
        assert_eq!(posted.confirmation, Confirmation::Query);
    }
}

#[test]
fn what_had_no_effect_is_posted_again_or_refused() {
    let mut flow = about_to_post();
    flow.on_failure(&TransportError::not_sent("refused"));
    sends(&mut flow, Duration::ZERO, Kind::Post);
    flow.on_response(&problem(402, "cannot_capture"), Connection::Fresh);
    assert!(matches!(ends(&mut flow), PostingOutcome::Refused(_)));

    let mut blocked = about_to_post();
    let response = problem(409, "payment_operation_blocked");
    blocked.on_response(&response, Connection::Fresh);
    sends(&mut blocked, Duration::ZERO, Kind::Query);
}

#[test]
fn only_the_opt_in_posts_again_and_only_once() {
    let policy = policy().dangerously_post_again_after(HOUR * 2);
    let mut flow = PostingFlow::new(merchant(), order(), policy, 7);
    let absent = payment(200, "Authorized", "");
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, Duration::ZERO, Kind::Post);
    flow.on_failure(&lost());
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, HOUR * 3, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, HOUR * 3, Kind::Post);
    flow.on_failure(&lost());
    sends(&mut flow, HOUR * 9, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    assert!(matches!(ends(&mut flow), PostingOutcome::Unknown(_)));
}

/// Turned away each time, it was not carried out: the same order can be begun anew, which a flow in doubt cannot.
#[test]
fn a_posting_that_is_turned_away_to_the_end_was_not_sent() {
    let throttled = [super::response(429, ""), problem(429, "brand_new"), problem(409, "payment_operation_blocked")];
    for turned_away in throttled {
        let mut flow = about_to_post();
        flow.on_response(&turned_away, Connection::Fresh);
        let outcome = loop {
            match flow.step(Duration::ZERO) {
                Step::Send(Kind::Post) => flow.on_response(&turned_away, Connection::Fresh),
                Step::Send(Kind::Query) => flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh),
                Step::Wait(_) => panic!("all waits are nothing"),
                Step::Done(outcome) => break outcome,
            }
        };
        assert!(matches!(outcome, PostingOutcome::NotSent(_)), "{outcome}");
        assert_eq!((outcome.as_str(), flow.checkpoint()), ("not_sent", None));
    }
    // On a connection that owed another response, nobody knows.
    let mut flow = about_to_post();
    flow.on_response(&super::response(429, ""), Connection::Reused);
    assert!(matches!(flow.stop(), PostingOutcome::Unknown(_)));
    // Neither is a loss made undone by what comes later.
    let mut flow = about_to_post();
    flow.on_failure(&lost());
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&super::response(429, ""), Connection::Fresh);
    assert!(matches!(flow.stop(), PostingOutcome::Unknown(_)));
}

/// A gateway that sent it on and then turned away its own repetition says 429, too: so a query comes before the next posting.
#[test]
fn a_posting_that_was_carried_out_and_turned_away_is_found_and_not_made_again() {
    for turned_away in [super::response(429, ""), problem(429, "brand_new"), problem(409, "payment_operation_blocked")]
    {
        let mut flow = about_to_post();
        flow.on_response(&turned_away, Connection::Fresh);
        sends(&mut flow, Duration::ZERO, Kind::Query);
        flow.on_response(&payment(200, "Captured", OURS), Connection::Fresh);
        let PostingOutcome::Posted(posted) = ends(&mut flow) else { panic!("it was posted") };
        assert_eq!(posted.confirmation, Confirmation::Query);
    }
}

#[test]
fn a_posting_that_is_turned_away_says_so() {
    let mut flow = about_to_post();
    flow.on_response(&super::response(429, ""), Connection::Fresh);
    let text = flow.stop().to_string();
    assert!(text.starts_with("turned away (") && text.contains("429"), "{text}");
    assert!(text.ends_with("this call has captured nothing; try again with the same key"), "{text}");
    let mut flow = about_to_post();
    flow.on_failure(&TransportError::not_sent("refused"));
    let text = flow.stop().to_string();
    assert!(text.starts_with("not sent ("), "{text}");
}

/// Once in the life of a flow, through its checkpoints.
#[test]
fn what_was_posted_again_is_not_posted_again_after_a_resume() {
    let policy = policy().dangerously_post_again_after(HOUR);
    let absent = payment(200, "Authorized", "");
    let mut first = PostingFlow::resume(&PostingCheckpoint::new(merchant(), order(), 1), policy.clone(), 7);
    sends(&mut first, Duration::ZERO, Kind::Query);
    first.on_response(&absent, Connection::Fresh);
    sends(&mut first, HOUR, Kind::Query);
    first.on_response(&absent, Connection::Fresh);
    sends(&mut first, HOUR, Kind::Post);
    let checkpoint = first.checkpoint().unwrap();
    assert_eq!((checkpoint.has_posted_again(), checkpoint.posts()), (true, 2));

    let mut resumed = PostingFlow::resume(&checkpoint.to_string().parse().unwrap(), policy, 7);
    assert_eq!((resumed.posts(), resumed.queries()), (2, 0));
    for hours in 0..4 {
        sends(&mut resumed, HOUR * hours, Kind::Query);
        resumed.on_response(&absent, Connection::Fresh);
    }
    assert!(matches!(ends(&mut resumed), PostingOutcome::Unknown(_)));
}

#[test]
fn a_posting_belongs_to_one_merchant_at_one_address() {
    let checkpoint = PostingCheckpoint::new(merchant(), order(), 1);
    assert_eq!((flow().check_merchant(&merchant()), checkpoint.check_merchant(&merchant())), (Ok(()), Ok(())));
    let elsewhere = Merchant::new(BaseUrl::new("https://h.example").unwrap(), merchant().number);
    for refused in [flow().check_merchant(&elsewhere), checkpoint.check_merchant(&elsewhere)] {
        assert_eq!(*refused.unwrap_err().found, elsewhere);
    }
    assert_eq!((checkpoint.merchant(), checkpoint.order(), flow().order()), (&merchant(), &order(), &order()));
}

#[test]
fn a_flow_keeps_what_it_saw_last_and_counts_its_requests() {
    let mut flow = flow();
    assert_eq!((flow.observation(), flow.posts(), flow.queries()), (None, 0, 0));
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&payment(200, "Authorized", ""), Connection::Fresh);
    assert_eq!(flow.observation().unwrap().to_string(), "the payment was last seen Authorized");
    sends(&mut flow, Duration::ZERO, Kind::Post);
    assert_eq!((flow.posts(), flow.queries()), (1, 1));
    flow.on_skipped();
    assert_eq!((flow.posts(), flow.queries(), flow.checkpoint()), (0, 1, None));
}

/// Less than an hour is an hour; and what was not sent can be sent later.
#[test]
fn the_one_posting_that_is_opted_for_comes_after_an_hour_at_least_and_may_be_put_off() {
    assert_eq!(PostingPolicy::MIN_POST_AGAIN_AFTER, HOUR);
    let policy = policy().dangerously_post_again_after(Duration::from_secs(1));
    let absent = payment(200, "Authorized", "");
    let mut flow = PostingFlow::new(merchant(), order(), policy, 7);
    sends(&mut flow, Duration::ZERO, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    sends(&mut flow, Duration::ZERO, Kind::Post);
    flow.on_failure(&lost());
    for now in [Duration::ZERO, HOUR - Duration::from_secs(1)] {
        sends(&mut flow, now, Kind::Query);
        flow.on_response(&absent, Connection::Fresh);
    }
    sends(&mut flow, HOUR, Kind::Query);
    flow.on_skipped();
    sends(&mut flow, HOUR, Kind::Query);
    flow.on_response(&absent, Connection::Fresh);
    for _ in 0..2 {
        sends(&mut flow, HOUR, Kind::Post);
        flow.on_skipped();
        assert!(!flow.checkpoint().unwrap().has_posted_again());
    }
    sends(&mut flow, HOUR, Kind::Post);
    assert!(flow.checkpoint().unwrap().has_posted_again() && flow.wants_fresh_connection());
}
