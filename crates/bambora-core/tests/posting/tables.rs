//! Executes every row of the three tables that `src/posting/table.rs` documents.

use std::time::Duration;

use bambora_core::CancelPolicy;
use bambora_core::flow::{Confirmation, Connection, Step};
use bambora_core::posting::{
    PostingCheckpoint, PostingFlow, PostingKind, PostingOutcome, PostingPolicy, PostingRequestKind, RefusedBy,
};

use super::flow_under_test::{Feed, HOUR};
use super::responses::{
    FOREIGN, KINDS, OTHER_AMOUNT, OURS, PARTIAL, REFERENCE, foreign_problem, merchant, order, payment, problem,
    response, shown,
};

/// Every state that is documented, and two that are not.
const STATES: [&str; 11] = [
    "None",
    "Authorized",
    "Authorization Expired",
    "Declined",
    "Voided",
    "Captured",
    "Refunded",
    "Settled",
    "Canceled",
    "canceled",
    "On Hold",
];

struct Row {
    result: &'static str,
    next: &'static str,
}

/// The rows of the table whose first column has this heading.
fn table(heading: &str) -> Vec<Row> {
    include_str!("../../src/posting/table.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .skip_while(|line| !line.starts_with(&format!("| {heading} |")))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [result, next] = cells[..] else {
                panic!("a row with other than two cells: {line}");
            };
            Row { result, next }
        })
        .collect()
}

/// The statuses that a text names.
fn statuses(text: &str) -> Vec<u16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// A flow that runs at a time of its own.
#[derive(Clone, Debug)]
struct Run {
    kind: PostingKind,
    flow: PostingFlow,
    now: Duration,
}

impl Run {
    fn new(kind: PostingKind) -> Self {
        let flow = PostingFlow::new(merchant(), order(kind), policy(), 1);
        Self { kind, flow, now: Duration::ZERO }
    }

    fn resumed(kind: PostingKind) -> Self {
        let checkpoint = PostingCheckpoint::new(merchant(), order(kind), 1);
        Self { flow: PostingFlow::resume(&checkpoint, policy(), 1), ..Self::new(kind) }
    }

    /// The next request, and whether there was a wait before it.
    fn step(&mut self) -> Result<(PostingRequestKind, bool), PostingOutcome> {
        let mut has_waited = false;
        loop {
            match self.flow.step(self.now) {
                Step::Send(kind) => {
                    assert!(self.flow.wants_fresh_connection());
                    return Ok((kind, has_waited));
                }
                Step::Wait(wait) => {
                    has_waited = true;
                    self.now += wait;
                }
                Step::Done(outcome) => return Err(outcome),
            }
        }
    }

    fn feed(mut self, kind: PostingRequestKind, feed: &Feed) -> Self {
        let due = self.step().map(|(due, _)| due);
        assert_eq!(due, Ok(kind), "{self:?}");
        feed.to(&mut self.flow);
        self
    }

    fn query(self, feed: &Feed) -> Self {
        self.feed(PostingRequestKind::Query, feed)
    }

    fn post(self, feed: &Feed) -> Self {
        self.feed(PostingRequestKind::Post, feed)
    }

    fn nothing_there(&self) -> Feed {
        Feed::fresh(shown(self.kind, "Authorized", &[]))
    }

    /// Finds out whether the flow is in doubt, by what it makes of queries that are refused.
    fn finds_doubt(mut self) -> bool {
        loop {
            match self.step() {
                Ok((PostingRequestKind::Post, _)) => {
                    Feed::fresh(problem(409, "payment_operation_blocked")).to(&mut self.flow);
                }
                Ok((PostingRequestKind::Query, _)) => {
                    Feed::fresh(problem(401, "a_problem")).to(&mut self.flow);
                }
                Err(PostingOutcome::Refused(_)) => return false,
                Err(PostingOutcome::Unknown(_)) => return true,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

fn policy() -> PostingPolicy {
    let budgets = CancelPolicy::builder().further_cancels(9).queries(9);
    PostingPolicy::new(budgets.build().unwrap())
}

/// Flows whose next request is a posting. None is in doubt.
fn before_a_post(kind: PostingKind) -> Vec<Run> {
    let asked = Run::new(kind).query(&Run::new(kind).nothing_there());
    let blocked = Feed::fresh(problem(409, "payment_operation_blocked"));
    vec![
        asked.clone(),
        asked.clone().post(&Feed::NotSent),
        asked.clone().post(&Feed::fresh(response(429, ""))).query(&asked.nothing_there()),
        asked.clone().post(&blocked).query(&asked.nothing_there()),
    ]
}

fn before_a_query(kind: PostingKind) -> Vec<Run> {
    let blocked = Feed::fresh(problem(409, "payment_operation_blocked"));
    let after = before_a_post(kind);
    let after = after.into_iter().map(|run| run.post(&blocked));
    [Run::new(kind), Run::new(kind).query(&Feed::NoResponse)].into_iter().chain(after).collect()
}

fn before_a_query_in_doubt(kind: PostingKind) -> Vec<Run> {
    let lost = before_a_post(kind).into_iter().map(|run| run.post(&Feed::NoResponse));
    let owed = Feed::Response(problem(422, "x"), Connection::Reused);
    let owed = before_a_post(kind).into_iter().map(move |run| run.post(&owed));
    let resumed = Run::resumed(kind);
    let again = resumed.clone().query(&resumed.nothing_there());
    lost.chain(owed).chain([resumed, again]).collect()
}

fn problems(status: u16) -> Vec<http::Response<Vec<u8>>> {
    ["payment_not_found", "cannot_capture", "brand_new"].map(|name| problem(status, name)).into()
}

/// Bodies that are neither a problem document of the API for this status nor a payment.
fn foreign_bodies(status: u16) -> Vec<http::Response<Vec<u8>>> {
    let elsewhere = problem(if status == 404 { 422 } else { 404 }, "payment_not_found");
    vec![
        response(status, ""),
        response(status, "<html>a gateway's page</html>"),
        response(status, r#"{"type":"error"}"#),
        foreign_problem(status),
        response(status, elsewhere.into_body()),
    ]
}

/// Responses with a success status that are not about the payment, or cannot be trusted.
fn untrusted(status: u16, kind: PostingKind) -> Vec<http::Response<Vec<u8>>> {
    let whole = payment(status, kind, REFERENCE, "Captured", false, &[OURS]);
    let mut cut = whole.clone();
    cut.body_mut().pop();
    let mut coded = whole;
    let coding = http::HeaderValue::from_static("gzip");
    coded.headers_mut().insert("content-encoding", coding);
    let other = payment(status, kind, "ANOTHER", "Captured", false, &[OURS]);
    vec![cut, coded, other]
}

fn on_any(responses: impl IntoIterator<Item = http::Response<Vec<u8>>>) -> Vec<Feed> {
    let responses = responses.into_iter();
    responses.flat_map(|response| Feed::on_any_connection(&response)).collect()
}

fn fresh(responses: impl IntoIterator<Item = http::Response<Vec<u8>>>) -> Vec<Feed> {
    responses.into_iter().map(Feed::fresh).collect()
}

/// Payment objects in these states, with each of these lists of postings.
fn in_states(kind: PostingKind, states: &[&str], postings: &[&[&str]]) -> Vec<Feed> {
    let all = states.iter().flat_map(|state| postings.iter().map(move |list| shown(kind, state, list)));
    on_any(all)
}

const IMPOSSIBLE: &str = "`Canceled`, `Declined`, `Authorization Expired`, `Voided`";
const OTHERS: [&[&str]; 3] = [&[FOREIGN], &[PARTIAL], &[PARTIAL, FOREIGN]];
const WITHOUT_OURS: [&[&str]; 4] = [&[], &[FOREIGN], &[PARTIAL], &[PARTIAL, FOREIGN]];
const USED_KEY: [&[&str]; 2] = [&[OTHER_AMOUNT], &[FOREIGN, OTHER_AMOUNT]];

fn impossible() -> Vec<&'static str> {
    IMPOSSIBLE.split('`').skip(1).step_by(2).collect()
}

fn possible() -> Vec<&'static str> {
    let mut states = STATES.to_vec();
    states.retain(|state| !impossible().contains(state));
    states
}

/// Everything that a row of a table for queries names.
fn results_of_a_query(row: &str, kind: PostingKind, named: &[u16]) -> Vec<Feed> {
    match row {
        "the posting" => in_states(kind, &STATES, &[&[OURS], &[PARTIAL, OURS]]),
        "the key with another amount" => in_states(kind, &STATES, &USED_KEY),
        "an operation in progress" => {
            let lists = [&[][..], &[OURS], &[FOREIGN], &[OTHER_AMOUNT]];
            on_any(STATES.iter().flat_map(|state| lists.map(|list| payment(200, kind, REFERENCE, state, true, list))))
        }
        IMPOSSIBLE => in_states(kind, &impossible(), &WITHOUT_OURS),
        "`Canceled`, `Declined`, `Authorization Expired`, without any posting of the kind" => {
            let mut states = impossible();
            states.retain(|state| *state != "Voided");
            in_states(kind, &states, &[&[]])
        }
        "the same with postings of the kind, `Voided`, or the key with another amount" => {
            let mut feeds = in_states(kind, &impossible(), &OTHERS);
            feeds.extend(in_states(kind, &["Voided"], &[&[]]));
            feeds.extend(in_states(kind, &STATES, &USED_KEY));
            feeds
        }
        "any other payment object" => in_states(kind, &possible(), &WITHOUT_OURS),
        "400, 401, 403, 404 problem" => fresh(named.iter().copied().flat_map(problems)),
        "not sent, no response, or any other" => {
            let mut feeds = vec![Feed::NotSent, Feed::NoResponse];
            for status in 200..600 {
                feeds.extend(on_any(foreign_bodies(status)));
                let all = problems(status).into_iter();
                feeds.extend(all.clone().map(|it| Feed::Response(it, Connection::Reused)));
                if !named.contains(&status) {
                    feeds.extend(all.map(Feed::fresh));
                }
            }
            feeds.extend(on_any(untrusted(200, kind)));
            feeds
        }
        unknown => panic!("no test executes the row \"{unknown}\""),
    }
}

fn successes(kind: PostingKind) -> &'static [u16] {
    match kind {
        PostingKind::Capture => &[201],
        PostingKind::Refund => &[200, 201],
    }
}

/// Everything that a row of the table for posting requests names.
fn results_of_a_post(row: &str, kind: PostingKind, named: &[u16]) -> Vec<Feed> {
    let with = |postings: &'static [&'static str], in_progress| {
        let statuses = successes(kind).iter();
        statuses.map(move |status| payment(*status, kind, REFERENCE, "Captured", in_progress, postings))
    };
    match row {
        "201 (or 200 for a refund) with the posting" => {
            on_any(with(&[OURS], false).chain(with(&[FOREIGN, OURS], false)))
        }
        "not sent" => vec![Feed::NotSent],
        "409 problem, 429" => fresh(problems(409).into_iter().chain(problems(429)).chain(foreign_bodies(429))),
        "400, 401, 402, 403, 404, 422 problem" => fresh(statuses(row).into_iter().flat_map(problems)),
        "a problem or 429 on a reused connection" => (202..600)
            .flat_map(problems)
            .chain(foreign_bodies(429))
            .map(|response| Feed::Response(response, Connection::Reused))
            .collect(),
        "no response, or any other" => {
            let mut feeds = vec![Feed::NoResponse];
            for status in (200..600).filter(|status| *status != 429) {
                feeds.extend(on_any(foreign_bodies(status)));
                if !named.contains(&status) {
                    feeds.extend(fresh(problems(status)));
                }
                if !successes(kind).contains(&status) {
                    let confirmed = payment(status, kind, REFERENCE, "Captured", false, &[OURS]);
                    feeds.extend(on_any([confirmed]));
                }
            }
            for status in successes(kind) {
                feeds.extend(on_any(untrusted(*status, kind)));
            }
            let lists = [&[][..], &[FOREIGN], &[OTHER_AMOUNT], &[PARTIAL]];
            feeds.extend(lists.into_iter().flat_map(|list| on_any(with(list, false))));
            feeds.extend(on_any(with(&[OURS], true)));
            feeds
        }
        unknown => panic!("no test executes the row \"{unknown}\""),
    }
}

/// Feeds the result to a run, and checks what the cell says of what comes next.
fn check(run: &Run, due: PostingRequestKind, feed: &Feed, row: &Row, was_in_doubt: bool) {
    let mut run = run.clone().feed(due, feed);
    let undecided = run.clone();
    let next = run.step();
    let context = format!("{}: {feed:?}: {next:?}", row.result);
    let done = |confirmation| matches!(&next, Err(PostingOutcome::Posted(it)) if it.confirmation == confirmation);
    let refused = |test: fn(&RefusedBy) -> bool| matches!(&next, Err(PostingOutcome::Refused(it)) if test(&it.by));
    let is_right = match row.next {
        "**done** (already; query, if this flow has made a posting request)" => {
            done(if undecided.flow.posts() > 0 { Confirmation::Query } else { Confirmation::Already })
        }
        "**done** (query)" => done(Confirmation::Query),
        "**done** (response)" => done(Confirmation::Response),
        "**refused** (key)" => refused(|it| matches!(it, RefusedBy::KeyUsed { .. })),
        "**refused** (state)" => refused(|it| matches!(it, RefusedBy::State { .. })),
        "**refused** (problem)" => refused(|it| matches!(it, RefusedBy::Problem { .. })),
        "post" => next == Ok((PostingRequestKind::Post, false)),
        "post again" => next == Ok((PostingRequestKind::Post, true)),
        "query" | "query again" | "query, in doubt from now on" => next == Ok((PostingRequestKind::Query, true)),
        "query again; once, if that was opted for and the time is over: post" => {
            next == Ok((PostingRequestKind::Query, true))
        }
        unknown => panic!("no test knows \"{unknown}\""),
    };
    assert!(is_right, "{context}");
    if next.is_ok() {
        let in_doubt = was_in_doubt || row.next.ends_with("in doubt from now on");
        assert_eq!(undecided.finds_doubt(), in_doubt, "{context}");
    }
}

#[test]
fn every_row_for_a_query() {
    let rows = table("result of the first query, and of every query while not in doubt");
    assert_eq!(rows.len(), 7);
    execute(&rows, PostingRequestKind::Query, before_a_query, false);
}

#[test]
fn every_row_for_a_posting_request() {
    let rows = table("result of a posting request");
    assert_eq!(rows.len(), 6);
    execute(&rows, PostingRequestKind::Post, before_a_post, false);
}

#[test]
fn every_row_for_a_query_in_doubt() {
    let rows = table("result of a query in doubt");
    assert_eq!(rows.len(), 6);
    execute(&rows, PostingRequestKind::Query, before_a_query_in_doubt, true);
}

fn execute(rows: &[Row], due: PostingRequestKind, runs: fn(PostingKind) -> Vec<Run>, doubt: bool) {
    let named: Vec<u16> = rows.iter().flat_map(|row| statuses(row.result)).collect();
    let mut executed = 0;
    for kind in KINDS {
        let runs = runs(kind);
        for row in rows {
            let feeds = match due {
                PostingRequestKind::Post => results_of_a_post(row.result, kind, &named),
                PostingRequestKind::Query => results_of_a_query(row.result, kind, &named),
            };
            assert!(!feeds.is_empty());
            for (run, feed) in runs.iter().flat_map(|run| feeds.iter().map(move |it| (run, it))) {
                check(run, due, feed, row, doubt);
                executed += 1;
            }
        }
    }
    println!("executed {executed} cases of {} rows", rows.len());
}

/// The part of the last table that takes an opt-in: not before the time, once, and only if nothing is there.
#[test]
fn the_opt_in_posts_once_more_and_only_after_its_time() {
    for kind in KINDS {
        let budgets = CancelPolicy::builder().queries(9).deadline(100 * HOUR);
        let policy = PostingPolicy::new(budgets.build().unwrap());
        // A shorter time is taken for an hour.
        let policy = policy.dangerously_post_again_after(Duration::from_secs(1));
        let mut run = Run::new(kind);
        run.flow = PostingFlow::new(merchant(), order(kind), policy.clone(), 1);
        let absent = run.nothing_there();
        let mut run = run.query(&absent).post(&Feed::NoResponse).query(&absent);
        run.now += HOUR / 2;
        let mut run = run.query(&absent);
        run.now += HOUR;
        let early = run.clone().query(&Feed::fresh(problem(404, "payment_not_found")));
        assert!(matches!(early.clone().step(), Ok((PostingRequestKind::Query, _))));
        let mut again = run.query(&absent);
        assert_eq!(again.step(), Ok((PostingRequestKind::Post, false)));
        let checkpoint = again.flow.checkpoint().unwrap();
        assert!(checkpoint.has_posted_again());
        Feed::NotSent.to(&mut again.flow);
        again.now += 2 * HOUR;
        let mut ended = again.query(&absent);
        assert!(matches!(ended.step(), Ok((PostingRequestKind::Query, _))));

        let stored = checkpoint.to_string().parse().unwrap();
        let mut resumed = Run::new(kind);
        resumed.flow = PostingFlow::resume(&stored, policy, 1);
        let mut resumed = resumed.query(&absent);
        resumed.now += 5 * HOUR;
        let mut resumed = resumed.query(&absent);
        assert!(matches!(resumed.step(), Ok((PostingRequestKind::Query, _))));
    }
}
