//! What holds of a flow whatever it is fed.

use std::time::Duration;

use bambora_core::flow::{Connection, OutcomeKind, RequestKind, Step};
use bambora_core::{CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentReference, TransportError};
use proptest::prelude::*;

use super::flow_under_test::{Feed, merchant};
use super::responses::{REFERENCE, STATES, payment, problem, response};

/// Anything that a flow can be fed.
pub(crate) fn any_feed() -> impl Strategy<Value = Feed> {
    let name = prop::sample::select(vec![
        "payment_operation_blocked",
        "invalid_payment_state_transition",
        "cannot_cancel",
        "payment_not_found",
        "a_new_problem",
    ]);
    let state = prop::sample::select(STATES.to_vec());
    let any_response = prop_oneof![
        (100_u16..1000, any::<Vec<u8>>()).prop_map(|(status, body)| response(status, body)),
        (400_u16..600, name).prop_map(|(status, name)| problem(status, name)),
        (state, any::<bool>(), any::<bool>()).prop_map(|(state, other, in_progress)| {
            let reference = if other { "ANOTHER" } else { REFERENCE };
            payment(reference, state, in_progress)
        }),
    ];
    let connection = prop::sample::select(vec![Connection::Fresh, Connection::Reused]);
    prop_oneof![
        1 => Just(Feed::NotSent),
        1 => Just(Feed::NoResponse),
        5 => (any_response, connection).prop_map(|(response, connection)| Feed::Response(response, connection)),
    ]
}

pub(crate) fn feed_to(flow: &mut CancelFlow, feed: &Feed) {
    match feed {
        Feed::Response(response, connection) => flow.on_response(response, *connection),
        Feed::NotSent => flow.on_failure(&TransportError::not_sent("refused")),
        Feed::NoResponse => flow.on_failure(&TransportError::unknown("reset")),
    }
}

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

proptest! {
    #[test]
    fn it_ends_within_its_budgets_and_every_checkpoint_resumes(
        feeds in prop::collection::vec((any_feed(), 0_u64..3000), 0..30),
        seed: u64,
        further_cancels in 0_u32..4,
        queries in 1_u32..7,
    ) {
        let policy = CancelPolicy::builder().further_cancels(further_cancels).queries(queries).build().unwrap();
        let mut flow = CancelFlow::new(merchant(), reference(), policy.clone(), seed);
        let mut now = Duration::ZERO;
        let mut feeds = feeds.into_iter();
        let mut sent = [0, 0];
        let outcome = loop {
            match flow.step(now) {
                Step::Send(kind) => {
                    sent[usize::from(kind == RequestKind::Query)] += 1;
                    let checkpoint = flow.checkpoint().unwrap();
                    prop_assert_eq!(&checkpoint.to_string().parse::<Checkpoint>().unwrap(), &checkpoint);
                    let mut resumed = CancelFlow::resume(&checkpoint, policy.clone(), seed);
                    prop_assert_eq!(resumed.checkpoint(), Some(checkpoint));
                    prop_assert_eq!(resumed.step(now), Step::Send(RequestKind::Query));
                    let (feed, took) = feeds.next().unwrap_or((Feed::NoResponse, 0));
                    now += Duration::from_millis(took);
                    feed_to(&mut flow, &feed);
                }
                Step::Wait(wait) => now += wait,
                Step::Done(outcome) => break outcome,
            }
        };
        prop_assert!(sent[0] <= further_cancels + 1 && sent[1] <= queries);
        prop_assert_eq!([flow.cancels(), flow.queries()], sent);
        prop_assert_eq!(flow.step(now + Duration::from_secs(3600)), Step::Done(outcome.clone()));
        prop_assert_eq!(flow.stop(), outcome);
    }

    #[test]
    fn a_resumed_flow_is_never_not_sent_nor_refused_on_a_problem_alone(
        feeds in prop::collection::vec(any_feed(), 0..30),
        cancels in 1_u32..4,
    ) {
        let checkpoint = Checkpoint::new(merchant(), reference(), cancels);
        let mut flow = CancelFlow::resume(&checkpoint, CancelPolicy::default(), 1);
        let mut now = Duration::ZERO;
        let mut feeds = feeds.into_iter();
        let outcome = loop {
            match flow.step(now) {
                Step::Send(_) => feed_to(&mut flow, &feeds.next().unwrap_or(Feed::NotSent)),
                Step::Wait(wait) => now += wait,
                Step::Done(outcome) => break outcome,
            }
        };
        prop_assert_ne!(outcome.kind(), OutcomeKind::NotSent);
        if let Outcome::Refused(refused) = outcome {
            prop_assert!(refused.payment.is_some());
        }
    }
}

#[test]
fn stopping_says_what_is_true_at_that_moment() {
    let start = || CancelFlow::new(merchant(), reference(), CancelPolicy::default(), 0);
    assert!(matches!(start().stop(), Outcome::NotSent(_)));
    let mut skipped = start();
    let _ = skipped.step(Duration::ZERO);
    skipped.on_skipped();
    let Outcome::NotSent(not_sent) = skipped.clone().stop() else {
        panic!("nothing was sent");
    };
    assert_eq!(not_sent.attempts, 0);
    assert!(not_sent.to_string().starts_with("not sent: no request was made"));
    // It does not count, and comes again.
    assert_eq!(skipped.cancels(), 0);
    assert_eq!(skipped.step(Duration::ZERO), Step::Send(RequestKind::Cancel));
    assert_eq!(skipped.cancels(), 1);
    assert!(!skipped.wants_fresh_connection());
    let mut under_way = start();
    let _ = under_way.step(Duration::ZERO);
    assert!(matches!(under_way.stop(), Outcome::Unknown(_)));
}

#[test]
fn a_skipped_query_does_not_count_either() {
    let checkpoint = Checkpoint::new(merchant(), reference(), 1);
    let mut flow = CancelFlow::resume(&checkpoint, CancelPolicy::default(), 0);
    for _ in 0..9 {
        assert_eq!(flow.step(Duration::ZERO), Step::Send(RequestKind::Query));
        assert_eq!(flow.queries(), 1);
        flow.on_skipped();
        assert_eq!(flow.queries(), 0);
    }
}

/// Also from a checkpoint that a program made itself, without a request of a flow.
#[test]
fn every_request_of_a_resumed_flow_wants_a_fresh_connection() {
    for cancels in 0..3 {
        let checkpoint = Checkpoint::new(merchant(), reference(), cancels);
        let mut flow = CancelFlow::resume(&checkpoint, CancelPolicy::default(), 0);
        let _ = flow.step(Duration::ZERO);
        assert!(flow.wants_fresh_connection());
    }
}

#[test]
fn a_refusal_shows_the_problem_of_the_last_cancel_only() {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO);
    let mut flow = CancelFlow::new(merchant(), reference(), policy.build().unwrap(), 0);
    let fresh = |response| Feed::Response(response, Connection::Fresh);
    let authorized = fresh(payment(REFERENCE, "Authorized", false));
    for feed in [
        Feed::NoResponse,
        authorized.clone(),
        fresh(problem(422, "invalid_payment_state_transition")),
        authorized,
        Feed::NoResponse,
        fresh(payment(REFERENCE, "Captured", false)),
    ] {
        assert!(matches!(flow.step(Duration::ZERO), Step::Send(_)));
        feed_to(&mut flow, &feed);
    }
    let Step::Done(Outcome::Refused(refused)) = flow.step(Duration::ZERO) else {
        panic!("no cancel leads to Captured");
    };
    assert_eq!(refused.problem, None);
}

#[test]
fn a_request_whose_result_is_not_fed_counts_as_one_without_a_response() {
    let mut dropped = CancelFlow::new(merchant(), reference(), CancelPolicy::default(), 0);
    let _ = dropped.step(Duration::ZERO);
    let Step::Wait(wait) = dropped.step(Duration::ZERO) else {
        panic!("no wait");
    };
    assert_eq!(dropped.step(wait), Step::Send(RequestKind::Query));
}

/// Budgets that are used up: **not sent** only if no request can have reached the server.
#[test]
fn a_flow_without_budget_says_what_it_knows() {
    let policy = CancelPolicy::builder().further_cancels(0).queries(1);
    let policy = policy.waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    let throttled = Feed::Response(response(429, ""), Connection::Fresh);
    for (feeds, expected) in [
        (vec![Feed::NotSent], OutcomeKind::NotSent),
        (vec![throttled], OutcomeKind::Unknown),
        (vec![Feed::NoResponse, Feed::NotSent], OutcomeKind::Unknown),
    ] {
        let mut flow = CancelFlow::new(merchant(), reference(), policy.clone(), 0);
        for feed in &feeds {
            assert!(matches!(flow.step(Duration::ZERO), Step::Send(_)));
            feed_to(&mut flow, feed);
        }
        let Step::Done(outcome) = flow.step(Duration::ZERO) else {
            panic!("there is no budget left");
        };
        assert_eq!(outcome.kind(), expected, "{outcome}");
    }
}
