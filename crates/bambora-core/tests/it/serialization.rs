//! Results, outcomes and payments through JSON and back; credentials never.

use std::fmt::Debug;
use std::time::Duration;

use bambora_core::flow::{Connection, ExchangeResult, Observation, RequestKind, Step};
use bambora_core::operations::CardToken;
use bambora_core::{
    Api, CancelFlow, CancelPolicy, Checkpoint, Credentials, MerchantSecret, MerchantToken, OperationExt as _, Outcome,
    Payment, PaymentReference, Problem, QueryPayment, TransportError,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::flow::flow_under_test::{Feed, merchant};
use crate::flow::properties::any_feed;
use crate::flow::responses::{REFERENCE, payment_in, problem};

fn reference() -> PaymentReference {
    REFERENCE.parse().unwrap()
}

pub(crate) fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let json = serde_json::to_string(value).unwrap();
    let back = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(*value, back, "{json}");
    back
}

fn judged(kind: RequestKind, feed: &Feed) -> ExchangeResult {
    match feed {
        Feed::Response(response, connection) => kind.judge(&reference(), response, *connection),
        Feed::NotSent => ExchangeResult::failed(&TransportError::not_sent("refused")),
        Feed::NoResponse => ExchangeResult::failed(&TransportError::unknown("reset")),
    }
}

/// What a durable workflow keeps of a flow: when each result came, and what it was.
#[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
struct Recorded {
    at: Duration,
    result: ExchangeResult,
}

/// Drives a flow with the results that `next` gives, at a time of its own.
fn drive(
    mut flow: CancelFlow,
    mut next: impl FnMut(RequestKind, Duration) -> Option<Recorded>,
) -> (Outcome, Vec<RequestKind>) {
    let mut now = Duration::ZERO;
    let mut sent = Vec::new();
    loop {
        match flow.step(now) {
            Step::Send(kind) => {
                sent.push(kind);
                let Some(recorded) = next(kind, now) else {
                    return (flow.stop(), sent);
                };
                now = recorded.at;
                flow.apply(recorded.result);
            }
            Step::Wait(wait) => now += wait,
            Step::Done(outcome) => return (outcome, sent),
        }
    }
}

proptest! {
    #[test]
    fn a_recorded_list_of_results_replays_to_the_same_outcome(
        feeds in prop::collection::vec((any_feed(), 0_u64..9_000), 0..12),
        seed: u64,
        resumed in prop::option::of(1_u32..3),
    ) {
        let start = || match resumed {
            None => CancelFlow::new(merchant(), reference(), CancelPolicy::default(), seed),
            Some(cancels) => {
                let checkpoint = Checkpoint::new(merchant(), reference(), cancels);
                CancelFlow::resume(&checkpoint, CancelPolicy::default(), seed)
            }
        };
        let mut log = Vec::new();
        let mut feeds = feeds.iter();
        let (outcome, sent) = drive(start(), |kind, now| {
            let (feed, took) = feeds.next()?;
            let recorded = Recorded { at: now + Duration::from_millis(*took), result: judged(kind, feed) };
            log.push(serde_json::to_string(&recorded).unwrap());
            Some(recorded)
        });
        let mut replayed = log.iter().map(|line| serde_json::from_str::<Recorded>(line).unwrap());
        let (again, sent_again) = drive(start(), |_, _| replayed.next());
        prop_assert_eq!(&again, &outcome);
        prop_assert_eq!(sent_again, sent);
        prop_assert_eq!(there_and_back(&outcome), outcome);
    }

    #[test]
    fn results_and_observations_come_back_as_they_were(feed in any_feed(), cancel: bool) {
        let kind = if cancel { RequestKind::Cancel } else { RequestKind::Query };
        let result = judged(kind, &feed);
        there_and_back::<Observation>(&result.observation);
        there_and_back(&result);
        there_and_back(&kind);
    }

    #[test]
    fn checkpoints_and_references_come_back_as_they_were(text: String, cancels: u32) {
        let Ok(reference) = text.parse::<PaymentReference>() else {
            return Ok(());
        };
        there_and_back(&reference);
        there_and_back(&Checkpoint::new(merchant(), reference, cancels));
    }
}

#[test]
fn each_outcome_comes_back_as_it_was() {
    let end = |feeds: &[Feed]| {
        let mut feeds = feeds.iter();
        let flow = CancelFlow::new(merchant(), reference(), CancelPolicy::default(), 1);
        let at = |kind, now, feed| Recorded { at: now, result: judged(kind, feed) };
        let (outcome, _) = drive(flow, |kind, now| Some(at(kind, now, feeds.next()?)));
        there_and_back(&outcome)
    };
    let fresh = |response| Feed::Response(response, Connection::Fresh);
    for (feeds, name) in [
        (vec![fresh(payment_in("Canceled"))], "canceled"),
        (vec![fresh(problem(404, "payment_not_found"))], "refused"),
        (vec![Feed::NoResponse, fresh(payment_in("Captured"))], "refused"),
        (vec![Feed::NotSent, Feed::NotSent, Feed::NotSent], "not_sent"),
        (vec![Feed::NoResponse], "unknown"),
    ] {
        let outcome = end(&feeds);
        assert_eq!(outcome.kind().as_str(), name);
        let json = serde_json::to_value(&outcome).unwrap();
        assert_eq!(json["outcome"], name, "{json}");
    }
}

#[test]
fn a_payment_comes_back_without_its_card_number() {
    let body = r#"{"payment": "ORDER-1001", "state": "Captured", "region": "emea_0", "merchant": "1", "currency": "EUR",
        "amount": 5, "comment": "a\u0000", "captures": [{"amount": 1, "comment": "a"}, {"capture": {"amount": 2}}],
        "refunds": [{}], "operations": ["Refund", {"type": "Cancel", "success": true}, {}], "operationInProgress": "true",
        "card": {"token": "tok_planted", "cardNumber": "400000******0002", "cardType": "Visa", "expiryYear": 2030}}"#;
    let query = QueryPayment::new(reference());
    let mut payment = query.parse(&http::Response::new(body)).unwrap();
    let json = serde_json::to_string(&payment).unwrap();
    assert!(!json.contains("tok_planted") && !json.contains("0002"), "{json}");
    let card = payment.card.as_mut().unwrap();
    (card.token, card.card_number) = (None, None);
    there_and_back::<Payment>(&payment);
    let value = serde_json::to_value(&payment).unwrap();
    assert_eq!(serde_json::from_value::<Payment>(value).unwrap(), payment);
    assert!(serde_json::from_str::<Payment>(r#"{"payment":"A","state":"None","state":"None"}"#).is_err());
}

#[test]
fn a_problem_comes_back_as_it_was() {
    let mut problem = Problem::new(404, "https://api.bambora.com/definitions/payments/payment_not_found ");
    problem.detail = "a line\n".to_owned();
    there_and_back(&problem);
}

/// Tells by the choice of a method whether a type can be serialized: the inherent one wins if its bound holds.
struct IsSerialize<T>(std::marker::PhantomData<T>);

trait Otherwise {
    const HOLDS: bool = false;
}

impl<T> Otherwise for IsSerialize<T> {}

impl<T: Serialize> IsSerialize<T> {
    const HOLDS: bool = true;
}

#[test]
fn credentials_cannot_be_serialized() {
    const {
        assert!(IsSerialize::<Outcome>::HOLDS);
        assert!(!IsSerialize::<Credentials>::HOLDS);
        assert!(!IsSerialize::<MerchantToken>::HOLDS);
        assert!(!IsSerialize::<MerchantSecret>::HOLDS);
        assert!(!IsSerialize::<CardToken>::HOLDS);
        assert!(!IsSerialize::<Api>::HOLDS);
    }
}
