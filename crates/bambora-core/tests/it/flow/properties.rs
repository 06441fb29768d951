//! What holds of a flow whatever it is fed.

use std::time::{Duration, Instant};

use bambora_core::{
    Api, BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Credentials, Delivery, MerchantNumber,
    MerchantSecret, MerchantToken, Outcome, PaymentReference, ProblemType, RequestKind,
    ResumeError, Step,
};
use http::Response;
use proptest::prelude::*;

use super::flow_under_test::api;
use super::model_server::{REFERENCE, payment, problem};

/// Something to feed.
fn food() -> impl Strategy<Value = Result<Response<Vec<u8>>, Delivery>> {
    let name = prop::sample::select(vec![
        "payment_operation_blocked",
        "invalid_payment_state_transition",
        "cannot_cancel",
        "payment_not_found",
        "heard_of_never",
    ]);
    let state = prop::sample::select(vec![
        "Authorized",
        "Canceled",
        "Captured",
        "Voided",
        "None",
        "New",
        "Declined",
    ]);
    prop_oneof![
        Just(Err(Delivery::NotSent)),
        Just(Err(Delivery::Unknown)),
        (100_u16..1000, any::<Vec<u8>>())
            .prop_map(|(status, body)| Ok(Response::builder().status(status).body(body).unwrap())),
        (400_u16..600, name).prop_map(|(status, name)| Ok(problem(status, name))),
        (state, any::<bool>(), any::<bool>()).prop_map(|(state, other, moving)| {
            Ok(payment(
                if other { "ANOTHER" } else { REFERENCE },
                state,
                moving,
            ))
        }),
    ]
}

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

proptest! {
    #[test]
    fn it_ends_within_its_budgets_and_every_checkpoint_reads_back(
        meals in prop::collection::vec((food(), 0_u64..3000), 0..30),
        seed: u64,
        further_cancels in 0_u32..4,
        queries in 1_u32..7,
    ) {
        let policy = CancelPolicy::builder().further_cancels(further_cancels).queries(queries).build().unwrap();
        let mut flow = CancelFlow::new(api(), reference(), policy.clone(), seed);
        let mut now = Instant::now();
        let mut meals = meals.into_iter();
        let mut sent = [0, 0];
        let outcome = loop {
            match flow.step(now) {
                Step::Send(kind, _) => {
                    sent[usize::from(kind == RequestKind::Query)] += 1;
                    let (meal, took) = meals.next().unwrap_or((Err(Delivery::Unknown), 0));
                    now += Duration::from_millis(took);
                    match meal {
                        Ok(response) => flow.on_response(&response),
                        Err(delivery) => flow.on_failure(delivery),
                    }
                }
                Step::Wait(wait) => now += wait,
                Step::Done(outcome) => break outcome,
            }
            let checkpoint = flow.checkpoint();
            prop_assert_eq!(&checkpoint.to_string().parse::<Checkpoint>().unwrap(), &checkpoint);
            let resumed = CancelFlow::resume(api(), checkpoint.clone(), policy.clone(), seed).unwrap();
            prop_assert_eq!(resumed.checkpoint(), checkpoint);
        };
        prop_assert!(sent[0] <= further_cancels + 1 && sent[1] <= queries);
        prop_assert_eq!([flow.cancels(), flow.queries()], sent);
        let again = flow.step(now + Duration::from_secs(3600));
        prop_assert!(matches!(again, Step::Done(again) if again.kind() == outcome.kind()));
        prop_assert_eq!(flow.stop().kind(), outcome.kind());
    }

    #[test]
    fn any_text_is_a_checkpoint_or_a_refusal(text: String) {
        let _ = text.parse::<Checkpoint>();
    }

    #[test]
    fn a_part_of_a_checkpoint_is_none(cut in 0_usize..400, reference in "[ -~äß🙂]{1,40}") {
        prop_assume!(reference != "." && reference != "..");
        let flow = CancelFlow::new(api(), reference.parse().unwrap(), CancelPolicy::default(), 0);
        let text = flow.checkpoint().to_string();
        prop_assert_eq!(text.lines().count(), 1);
        let part: String = text.chars().take(cut).collect();
        prop_assert_eq!(part.parse::<Checkpoint>().is_ok(), part == text);
    }
}

#[test]
fn a_checkpoint_has_no_credentials_and_belongs_to_its_merchant_and_api() {
    let mut flow = CancelFlow::new(api(), reference(), CancelPolicy::default(), 0);
    let _ = flow.step(Instant::now());
    let checkpoint = flow.checkpoint();
    let text = checkpoint.to_string();
    for secret in [
        "7AQu7FGB2Kwm",
        "abcdefg",
        "YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt",
    ] {
        assert!(
            !text.contains(secret) && !format!("{flow:?}").contains(secret),
            "{secret}"
        );
    }
    let other_merchant = Api::new(Credentials::new(
        MerchantNumber::new("987654321").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ));
    let other_place = api().with_base_url(BaseUrl::new("https://payments.example").unwrap());
    let resume = |api| CancelFlow::resume(api, checkpoint.clone(), CancelPolicy::default(), 0);
    assert!(matches!(
        resume(other_merchant),
        Err(ResumeError::OtherMerchant { .. })
    ));
    assert!(matches!(
        resume(other_place),
        Err(ResumeError::OtherBaseUrl { .. })
    ));
    assert!(resume(api()).is_ok());
}

#[test]
fn a_checkpoint_that_contradicts_itself_is_read_as_in_doubt() {
    let text = CancelFlow::new(api(), reference(), CancelPolicy::default(), 0)
        .checkpoint()
        .to_string();
    let edited = |edit: fn(&mut serde_json::Value)| {
        let mut members = serde_json::from_str(&text).unwrap();
        edit(&mut members);
        let checkpoint = members.to_string().parse().unwrap();
        CancelFlow::resume(api(), checkpoint, CancelPolicy::default(), 0).unwrap()
    };
    for edit in [
        (|members| members["doubt"] = true.into()) as fn(&mut serde_json::Value),
        |members| members["evidence"] = serde_json::json!({ "kind": "no_answer" }),
        |members| {
            members["evidence"] =
                serde_json::json!({ "kind": "answer", "status": 503, "problem": null });
        },
    ] {
        assert!(matches!(edited(edit).stop(), Outcome::Unknown(_)));
        let first = edited(edit).step(Instant::now());
        assert!(matches!(first, Step::Send(RequestKind::Query, _)));
    }
}

#[test]
fn a_rejection_is_remembered_through_a_checkpoint() {
    let now = Instant::now();
    let policy = CancelPolicy::builder().further_cancels(0).queries(1);
    let policy = policy
        .waits(Duration::ZERO, Duration::ZERO)
        .build()
        .unwrap();
    let mut flow = CancelFlow::new(api(), reference(), policy.clone(), 0);
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Cancel, _)));
    flow.on_response(&problem(422, "invalid_payment_state_transition"));
    assert!(matches!(flow.step(now), Step::Send(RequestKind::Query, _)));
    flow.on_failure(Delivery::Unknown);
    let Step::Done(Outcome::Unknown(unknown)) = flow.step(now) else {
        panic!("nothing settles it yet");
    };
    let stored = unknown.checkpoint.to_string().parse().unwrap();
    let mut resumed = CancelFlow::resume(api(), stored, policy, 0).unwrap();
    assert!(matches!(
        resumed.step(now),
        Step::Send(RequestKind::Query, _)
    ));
    resumed.on_response(&payment(REFERENCE, "Authorized", false));
    let Step::Done(Outcome::Refused(refused)) = resumed.step(now) else {
        panic!("the API refused, and nothing is in doubt");
    };
    let problem = refused.problem().unwrap();
    assert_eq!(problem.kind(), ProblemType::InvalidPaymentStateTransition);
}

#[test]
fn stopping_says_what_is_true_at_that_moment() {
    let start = || CancelFlow::new(api(), reference(), CancelPolicy::default(), 0);
    assert!(matches!(start().stop(), Outcome::NotSent(_)));
    let mut withheld = start();
    let _ = withheld.step(Instant::now());
    withheld.on_withheld();
    let Outcome::NotSent(not_sent) = withheld.clone().stop() else {
        panic!("nothing was sent");
    };
    assert_eq!(not_sent.attempts, 0);
    assert!(
        not_sent
            .to_string()
            .starts_with("not sent: no request was made")
    );
    // It does not count, and comes again.
    let again = withheld.step(Instant::now());
    assert!(matches!(again, Step::Send(RequestKind::Cancel, _)));
    assert_eq!(withheld.cancels(), 1);
    let mut under_way = start();
    let _ = under_way.step(Instant::now());
    assert!(matches!(under_way.stop(), Outcome::Unknown(_)));
    // A caller that dropped the call steps again: it counts as unanswered.
    let mut dropped = start();
    let _ = dropped.step(Instant::now());
    let next = dropped.step(Instant::now() + Duration::from_secs(1));
    assert!(matches!(
        next,
        Step::Wait(_) | Step::Send(RequestKind::Query, _)
    ));
}
