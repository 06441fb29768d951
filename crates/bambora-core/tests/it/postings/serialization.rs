//! Results, checkpoints and outcomes through JSON and back.

use std::time::Duration;

use bambora_core::flow::{Connection, ExchangeResult, Step};
use bambora_core::posting::PostingFlow;
use bambora_core::posting::{
    PostingCheckpoint, PostingKey, PostingKind, PostingOrder, PostingOutcome, PostingPolicy, PostingRequestKind,
};
use bambora_core::{Amount, PaymentReference, TransportError};
use http::Response;
use proptest::prelude::*;
use serde_json::json;

use super::{OURS, lost, merchant, order, payment, problem, response};
use crate::serialization::there_and_back;

#[derive(Clone, Debug)]
enum Feed {
    Response(Response<Vec<u8>>, Connection),
    NotSent,
    NoResponse,
}

impl Feed {
    fn judged(&self, kind: PostingRequestKind, order: &PostingOrder) -> ExchangeResult {
        match self {
            Self::Response(response, connection) => kind.judge(order, response, *connection),
            Self::NotSent => ExchangeResult::failed(&TransportError::not_sent("refused")),
            Self::NoResponse => ExchangeResult::failed(&lost()),
        }
    }
}

fn feed() -> impl Strategy<Value = Feed> {
    let postings = prop::sample::select(vec![
        "",
        OURS,
        r#"{"amount":61,"comment":"INVOICE-7"}"#,
        r#"{"amount":60,"comment":null}"#,
        r#"{"capture":{"amount":60,"comment":"INVOICE-7"}}"#,
    ]);
    let state = prop::sample::select(vec!["Authorized", "Captured", "Canceled", "On Hold"]);
    let name = prop::sample::select(vec!["payment_operation_blocked", "cannot_capture", "payment_not_found"]);
    let any_response = prop_oneof![
        4 => (prop::sample::select(vec![200, 201]), state, postings)
            .prop_map(|(status, state, postings)| payment(status, state, postings)),
        2 => (prop::sample::select(vec![402, 404, 409, 422, 429, 503]), name)
            .prop_map(|(status, name)| problem(status, name)),
        1 => (100_u16..1000, any::<Vec<u8>>()).prop_map(|(status, body)| response(status, body)),
    ];
    let connection = prop::sample::select(vec![Connection::Fresh, Connection::Fresh, Connection::Reused]);
    prop_oneof![
        1 => Just(Feed::NotSent),
        1 => Just(Feed::NoResponse),
        5 => (any_response, connection).prop_map(|(response, connection)| Feed::Response(response, connection)),
    ]
}

/// What a durable workflow keeps of a flow: when each result came, and what it was.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Recorded {
    at: Duration,
    result: ExchangeResult,
}

/// Drives a flow with the results that `next` gives, at a time of its own.
fn drive(
    mut flow: PostingFlow,
    mut next: impl FnMut(PostingRequestKind, Duration) -> Option<Recorded>,
) -> (PostingOutcome, Vec<PostingRequestKind>) {
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
        feeds in prop::collection::vec((feed(), 0_u64..9_000), 0..12),
        seed: u64,
        resumed in prop::option::of(1_u32..3),
        opts_in: bool,
    ) {
        let policy = match opts_in {
            true => PostingPolicy::default().dangerously_post_again_after(Duration::from_secs(3_600)),
            false => PostingPolicy::default(),
        };
        let start = || match resumed {
            None => PostingFlow::new(merchant(), order(), policy.clone(), seed),
            Some(posts) => {
                let checkpoint = PostingCheckpoint::new(merchant(), order(), posts);
                PostingFlow::resume(&there_and_back(&checkpoint), policy.clone(), seed)
            }
        };
        let mut log = Vec::new();
        let mut feeds = feeds.iter();
        let (outcome, sent) = drive(start(), |kind, now| {
            let (feed, took) = feeds.next()?;
            let recorded = Recorded { at: now + Duration::from_millis(*took), result: feed.judged(kind, &order()) };
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
    fn results_come_back_as_they_were(feed in feed(), posts: bool) {
        let kind = if posts { PostingRequestKind::Post } else { PostingRequestKind::Query };
        there_and_back(&feed.judged(kind, &order()));
        there_and_back(&kind);
    }

    #[test]
    fn a_checkpoint_reads_back_and_is_ascii(
        reference in "\\PC{1,20}", key in "[a-zé\u{202e}]{1,20}", amount in 0..=i64::MAX, posts: u32, captures: bool
    ) {
        let Ok(reference) = PaymentReference::new(reference) else { return Ok(()) };
        let Ok(key) = PostingKey::new(key) else { return Ok(()) };
        let kind = if captures { PostingKind::Capture } else { PostingKind::Refund };
        let order = PostingOrder::new(kind, reference, Amount::from_minor_units(amount).unwrap(), key);
        there_and_back(&order);
        let checkpoint = PostingCheckpoint::new(merchant(), order, posts);
        let text = checkpoint.to_string();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(text.parse::<PostingCheckpoint>().unwrap(), checkpoint.clone());
        prop_assert_eq!(there_and_back(&checkpoint), checkpoint);
    }
}

fn end(order: PostingOrder, feeds: &[Feed]) -> PostingOutcome {
    let mut feeds = feeds.iter();
    let flow = PostingFlow::new(merchant(), order.clone(), PostingPolicy::default(), 1);
    let (outcome, _) = drive(flow, |kind, now| {
        let result = feeds.next()?.judged(kind, &order);
        Some(Recorded { at: now, result })
    });
    there_and_back(&outcome)
}

#[test]
fn each_outcome_says_in_json_what_it_is() {
    let fresh = |response| Feed::Response(response, Connection::Fresh);
    let nothing = || fresh(payment(200, "Authorized", ""));
    let capture = order();
    let mut refund = capture.clone();
    refund.kind = PostingKind::Refund;
    let refunds = format!(r#"{{"payment":"ORDER-1001","state":"Refunded","refunds":[{OURS}]}}"#);
    for (order, feeds, name, confirmation) in [
        (&capture, vec![nothing(), fresh(payment(201, "Captured", OURS))], "captured", Some("response")),
        (&capture, vec![nothing(), Feed::NoResponse, fresh(payment(200, "Captured", OURS))], "captured", Some("query")),
        (&capture, vec![fresh(payment(200, "Captured", OURS))], "captured", Some("already")),
        (&refund, vec![nothing(), fresh(response(200, refunds.clone()))], "refunded", Some("response")),
        (&refund, vec![fresh(response(200, refunds))], "refunded", Some("already")),
        (&capture, vec![fresh(problem(404, "payment_not_found"))], "refused", None),
        (&refund, vec![nothing(), Feed::NotSent, Feed::NotSent, Feed::NotSent], "not_sent", None),
        (&capture, vec![nothing(), Feed::NoResponse], "unknown", None),
    ] {
        let outcome = end(order.clone(), &feeds);
        let json = serde_json::to_value(&outcome).unwrap();
        assert_eq!((&json["outcome"], outcome.as_str()), (&json!(name), name));
        assert_eq!(json["confirmation"], json!(confirmation), "{json}");
        assert_eq!(serde_json::from_value::<PostingOutcome>(json).unwrap(), outcome);
    }
}

#[test]
fn an_outcome_of_the_other_kind_is_not_read() {
    let fresh = Feed::Response(payment(200, "Captured", OURS), Connection::Fresh);
    let json = serde_json::to_string(&end(order(), &[fresh])).unwrap();
    for other in ["refunded", "posted"] {
        let changed = json.replace(r#""outcome":"captured""#, &format!(r#""outcome":"{other}""#));
        assert_ne!(json, changed);
        assert!(serde_json::from_str::<PostingOutcome>(&changed).is_err(), "{other}");
    }
}
