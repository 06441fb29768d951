//! Executes every row of the two tables that `src/flow/table.rs` documents.

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, RequestKind, Step};
use bambora_core::{CancelFlow, CancelPolicy, Checkpoint, Outcome, PaymentState, ProblemType, TransportError};
use http::Response;

use super::flow_under_test::merchant;
use super::responses::{REFERENCE, STATES, coded, foreign_problem, payment, payment_in, problem, response, typed};

/// A row of a table: what came, and the cells for a flow that is not in doubt and for one that is.
struct Row {
    result: &'static str,
    cells: [&'static str; 2],
}

/// The rows of the table whose first column has this heading.
fn table(heading: &str) -> Vec<Row> {
    include_str!("../../../src/flow/table.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .skip_while(|line| !line.starts_with(&format!("| {heading} |")))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [result, no_doubt, in_doubt] = cells[..] else {
                panic!("a row with other than three cells: {line}");
            };
            Row { result, cells: [no_doubt, in_doubt] }
        })
        .collect()
}

/// The statuses that a row names.
fn statuses(text: &str) -> Vec<u16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The states that a row names.
fn states(text: &'static str) -> Vec<&'static str> {
    let mut states: Vec<_> = text.split('`').skip(1).step_by(2).collect();
    if text.contains("an unrecognized state") {
        states.extend(unrecognized());
    }
    states
}

fn unrecognized() -> impl Iterator<Item = &'static str> {
    STATES.into_iter().filter(|state| matches!(PaymentState::from(*state), PaymentState::Other(_)))
}

/// What a flow is fed.
#[derive(Clone, Debug)]
enum Feed {
    Response(Response<Vec<u8>>, Connection),
    NotSent,
    NoResponse,
}

impl Feed {
    fn fresh(response: Response<Vec<u8>>) -> Self {
        Self::Response(response, Connection::Fresh)
    }

    fn on_any_connection(response: &Response<Vec<u8>>) -> [Self; 2] {
        [Connection::Fresh, Connection::Reused].map(|connection| Self::Response(response.clone(), connection))
    }

    fn to(&self, flow: &mut CancelFlow) {
        match self {
            Self::Response(response, connection) => flow.on_response(response, *connection),
            Self::NotSent => flow.on_failure(&TransportError::not_sent("connection refused")),
            Self::NoResponse => flow.on_failure(&TransportError::unknown("reset")),
        }
    }
}

/// What a flow does next.
#[derive(Clone, Debug, PartialEq)]
enum Next {
    AtOnce(RequestKind),
    AfterAWait(RequestKind),
    Done(Outcome),
}

/// A flow that runs at a time of its own, without anything real around it.
#[derive(Clone, Debug)]
struct Run {
    flow: CancelFlow,
    now: Duration,
    sent: u32,
    resumed: bool,
}

impl Run {
    fn new() -> Self {
        let policy = CancelPolicy::builder().further_cancels(9).queries(9);
        let reference = REFERENCE.parse().unwrap();
        let flow = CancelFlow::new(merchant(), reference, policy.build().unwrap(), 1);
        assert_eq!(flow.checkpoint(), None);
        Self { flow, now: Duration::ZERO, sent: 0, resumed: false }
    }

    fn resumed() -> Self {
        let checkpoint = Checkpoint::new(merchant(), REFERENCE.parse().unwrap(), 1);
        let policy = CancelPolicy::builder().further_cancels(9).queries(9);
        Self { flow: CancelFlow::resume(&checkpoint, policy.build().unwrap(), 1), resumed: true, ..Self::new() }
    }

    fn step(&mut self) -> Next {
        let (kind, waited) = match self.flow.step(self.now) {
            Step::Done(outcome) => {
                let is_unknown = matches!(outcome, Outcome::Unknown(_));
                assert_eq!(self.flow.checkpoint().is_some(), is_unknown);
                return Next::Done(outcome);
            }
            Step::Send(kind) => (kind, false),
            Step::Wait(wait) => {
                self.now += wait;
                let Step::Send(kind) = self.flow.step(self.now) else {
                    panic!("nothing to send after the wait");
                };
                (kind, true)
            }
        };
        self.sent += 1;
        assert!(self.flow.checkpoint().is_some());
        assert_eq!(
            self.flow.wants_fresh_connection(),
            self.resumed || self.sent > 1,
            "only the first request of a new flow may go out on a reused connection"
        );
        match waited {
            true => Next::AfterAWait(kind),
            false => Next::AtOnce(kind),
        }
    }

    /// Steps to the next request, which has to be of this kind, and feeds its result.
    fn feed(mut self, kind: RequestKind, feed: &Feed) -> Self {
        let next = self.step();
        let is_due = matches!(next, Next::AtOnce(due) | Next::AfterAWait(due) if due == kind);
        assert!(is_due, "{kind} is not due: {next:?}");
        feed.to(&mut self.flow);
        self
    }

    fn cancel(self, feed: &Feed) -> Self {
        self.feed(RequestKind::Cancel, feed)
    }

    fn query(self, feed: &Feed) -> Self {
        self.feed(RequestKind::Query, feed)
    }

    /// Finds out whether the flow is in doubt, by what it says of a payment that turns out to be canceled.
    fn doubted(mut self) -> bool {
        loop {
            match self.step() {
                Next::AtOnce(RequestKind::Cancel) | Next::AfterAWait(RequestKind::Cancel) => {
                    Feed::fresh(problem(409, "payment_operation_blocked")).to(&mut self.flow);
                }
                Next::AtOnce(RequestKind::Query) | Next::AfterAWait(RequestKind::Query) => {
                    Feed::fresh(payment_in("Canceled")).to(&mut self.flow);
                }
                Next::Done(Outcome::Canceled(canceled)) => {
                    return canceled.confirmation == Confirmation::Query;
                }
                Next::Done(other) => panic!("{other}"),
            }
        }
    }
}

fn authorized() -> Feed {
    Feed::fresh(payment_in("Authorized"))
}

fn not_found_on_a_reused_connection() -> Feed {
    Feed::Response(problem(404, "payment_not_found"), Connection::Reused)
}

/// Flows whose next request is a cancel: those that are not in doubt, and those that are.
fn before_a_cancel() -> [Vec<Run>; 2] {
    let throttled = Feed::fresh(response(429, ""));
    let blocked = Feed::fresh(problem(409, "payment_operation_blocked"));
    [
        vec![
            Run::new(),
            Run::new().cancel(&Feed::NotSent),
            Run::new().cancel(&throttled),
            Run::new().cancel(&blocked).query(&authorized()),
        ],
        vec![
            Run::new().cancel(&Feed::NoResponse).query(&authorized()),
            Run::new().cancel(&not_found_on_a_reused_connection()).query(&authorized()),
            Run::resumed().query(&authorized()),
        ],
    ]
}

/// Flows whose next request is a query; after a cancel that a 402 or 422 rejected, or not.
fn before_a_query(after_rejection: bool) -> [Vec<Run>; 2] {
    let [no_doubt, in_doubt] = before_a_cancel();
    if after_rejection {
        return [no_doubt, in_doubt].map(|runs| {
            let rejections = [
                Feed::fresh(problem(402, "cannot_cancel")),
                Feed::fresh(problem(422, "invalid_payment_state_transition")),
            ];
            let rejected = |run: Run| rejections.clone().map(|feed| run.clone().cancel(&feed));
            runs.into_iter().flat_map(rejected).collect()
        });
    }
    let blocked = Feed::fresh(problem(409, "payment_operation_blocked"));
    let no_doubt = no_doubt.into_iter().map(|run| run.cancel(&blocked));
    let in_doubt = in_doubt.into_iter().map(|run| run.cancel(&blocked));
    let in_doubt = in_doubt.chain([
        Run::new().cancel(&Feed::NoResponse),
        Run::new().cancel(&not_found_on_a_reused_connection()),
        Run::resumed(),
    ]);
    [no_doubt.collect(), in_doubt.collect()]
}

/// Bodies that are no problem document of the API for this status, and no payment.
fn foreign_bodies(status: u16) -> Vec<Response<Vec<u8>>> {
    let mut bodies = vec![
        response(status, ""),
        response(status, "<html>a gateway's page</html>"),
        response(status, r#"{"type":"error"}"#),
        foreign_problem(status),
        typed(status, "about:blank/"),
    ];
    let elsewhere = problem(if status == 404 { 422 } else { 404 }, "payment_not_found");
    bodies.push(response(status, elsewhere.into_body()));
    if ![400, 401, 403].contains(&status) {
        bodies.push(typed(status, "about:blank"));
    }
    if status != 200 {
        bodies.push(response(status, payment_in("Canceled").into_body()));
    }
    bodies
}

/// Problem documents of the API with this status.
fn problems(status: u16) -> Vec<Response<Vec<u8>>> {
    let names = ["payment_not_found", "cannot_cancel", "brand_new"];
    let mut problems: Vec<_> = names.map(|name| problem(status, name)).into();
    if [400, 401, 403].contains(&status) {
        problems.push(typed(status, "about:blank"));
    }
    problems
}

/// Responses with a success status that are not about the payment, or cannot be trusted.
fn untrusted_payments() -> Vec<Response<Vec<u8>>> {
    let mut whole = payment_in("Canceled").into_body();
    whole.pop();
    vec![
        payment("ANOTHER", "Canceled", false),
        payment("ANOTHER", "Captured", false),
        response(200, whole),
        coded(payment_in("Canceled"), "gzip"),
        coded(problem(422, "cannot_cancel"), "gzip"),
        coded(problem(404, "payment_not_found"), "br"),
        coded(response(429, ""), "gzip"),
    ]
}

/// Everything that a row of the first table names.
fn results_of_a_cancel(row: &Row, all: &[Row]) -> Vec<Feed> {
    let named: Vec<u16> = all.iter().flat_map(|row| statuses(row.result)).collect();
    let of_problems = |statuses: Vec<u16>| {
        let problems = statuses.into_iter().flat_map(problems);
        problems.map(Feed::fresh).collect()
    };
    match row.result {
        "200 that confirms it" => {
            let mut feeds = Feed::on_any_connection(&payment_in("Canceled")).to_vec();
            feeds.push(Feed::fresh(coded(payment_in("Canceled"), "identity")));
            feeds
        }
        "not sent, 429" => {
            let bodies = foreign_bodies(429).into_iter().chain(problems(429));
            bodies.map(Feed::fresh).chain([Feed::NotSent]).collect()
        }
        "a problem or 429 on a reused connection" => {
            let problems = (201..600).flat_map(problems);
            problems.chain(foreign_bodies(429)).map(|response| Feed::Response(response, Connection::Reused)).collect()
        }
        "no response, or any other" => {
            let mut feeds = vec![Feed::NoResponse];
            for status in 200..600 {
                if status != 429 {
                    feeds.extend(foreign_bodies(status).iter().flat_map(Feed::on_any_connection));
                }
                if !named.contains(&status) {
                    feeds.extend(problems(status).into_iter().map(Feed::fresh));
                }
            }
            for state in STATES {
                let in_progress = payment(REFERENCE, state, true);
                feeds.extend(Feed::on_any_connection(&in_progress));
                if state != "Canceled" {
                    feeds.extend(Feed::on_any_connection(&payment_in(state)));
                }
            }
            feeds.extend(untrusted_payments().iter().flat_map(Feed::on_any_connection));
            feeds
        }
        "409 problem" | "402, 422 problem" | "400, 401, 403, 404 problem" => of_problems(statuses(row.result)),
        unknown => panic!("no test executes the row \"{unknown}\""),
    }
}

/// Feeds `feed` to each of the flows, and checks that what comes next is what the cell says.
fn check(run: &Run, kind: RequestKind, feed: &Feed, cell: &str, was_in_doubt: bool) {
    let mut run = run.clone().feed(kind, feed);
    let undecided = run.clone();
    let next = run.step();
    let context = || format!("{kind} {feed:?}: \"{cell}\", and then {next:?}");
    let expected = match cell {
        "cancel again" => Next::AfterAWait(RequestKind::Cancel),
        "query" | "query again" | "query, in doubt from now on" => Next::AfterAWait(RequestKind::Query),
        "query at once" => Next::AtOnce(RequestKind::Query),
        _ => return check_outcome(&next, feed, cell, &context()),
    };
    assert_eq!(next, expected, "{}", context());
    let in_doubt = was_in_doubt || cell.ends_with("in doubt from now on");
    assert_eq!(undecided.doubted(), in_doubt, "{}", context());
}

fn check_outcome(next: &Next, feed: &Feed, cell: &str, context: &str) {
    let Next::Done(outcome) = next else {
        panic!("no outcome: {context}");
    };
    let fed = match feed {
        Feed::Response(response, _) => response,
        other => panic!("{other:?} ends a flow: {context}"),
    };
    let body: serde_json::Value = serde_json::from_slice(fed.body()).unwrap();
    let is_right = match (cell, outcome) {
        ("**canceled** (response)", Outcome::Canceled(it)) => it.confirmation == Confirmation::Response,
        ("**canceled** (query)", Outcome::Canceled(it)) => it.confirmation == Confirmation::Query,
        ("**canceled** (already)", Outcome::Canceled(it)) => it.confirmation == Confirmation::Already,
        ("**refused** (state)", Outcome::Refused(it)) => it.payment.as_ref().unwrap().state.as_str() == body["state"],
        ("**refused** (problem)", Outcome::Refused(it)) => {
            let problem = it.problem.as_ref().unwrap();
            match &it.payment {
                None => problem.status == fed.status() && problem.type_uri == body["type"],
                Some(payment) => payment.state.as_str() == body["state"] && [402, 422].contains(&problem.status),
            }
        }
        _ => false,
    };
    assert!(is_right, "{context}");
}

#[test]
fn every_row_for_a_cancel_request() {
    let rows = table("result of a cancel request");
    assert_eq!(rows.len(), 7);
    let contexts = before_a_cancel();
    let mut executed = 0;
    for row in &rows {
        for (in_doubt, (cell, runs)) in [false, true].into_iter().zip(row.cells.iter().zip(&contexts)) {
            for feed in results_of_a_cancel(row, &rows) {
                for run in runs {
                    check(run, RequestKind::Cancel, &feed, cell, in_doubt);
                    executed += 1;
                }
            }
        }
    }
    println!("executed {executed} cases of {} rows", rows.len());
}

/// Everything that a row of the second table names, but for the 404 that has a row of its own.
fn results_of_a_query(row: &'static str) -> Vec<Feed> {
    let own = |state: &&'static str| Feed::on_any_connection(&payment_in(state));
    match row {
        "an operation in progress" => {
            STATES.iter().flat_map(|state| Feed::on_any_connection(&payment(REFERENCE, state, true))).collect()
        }
        "not sent, no response, or any other" => {
            let mut feeds = vec![Feed::NotSent, Feed::NoResponse];
            for status in 200..600 {
                let bodies = foreign_bodies(status);
                feeds.extend(bodies.iter().flat_map(Feed::on_any_connection));
                let problems = problems(status).into_iter().filter(|_| ![200, 404].contains(&status));
                feeds.extend(problems.map(Feed::fresh));
            }
            feeds.push(Feed::fresh(problem(404, "brand_new")));
            feeds.push(not_found_on_a_reused_connection());
            feeds.extend(untrusted_payments().iter().flat_map(Feed::on_any_connection));
            feeds
        }
        named if !states(named).is_empty() => states(named).iter().flat_map(own).collect(),
        unknown => panic!("no test executes the row \"{unknown}\""),
    }
}

const CONFIRMED_NOT_FOUND: &str = "404 `payment_not_found` problem, the only doubt is such a problem on a reused connection, and no query showed the payment";

#[test]
fn every_row_for_a_query() {
    let rows = table("result of a query");
    assert_eq!(rows.len(), 10);
    let mut executed = 0;
    for row in rows.iter().filter(|row| row.result != CONFIRMED_NOT_FOUND) {
        let (result, after_rejection) = match row.result.strip_suffix(", after 402, 422") {
            Some(result) => (result, vec![true]),
            None => match row.result.strip_suffix(" after 402, 422") {
                Some(result) => (result, vec![true]),
                // A row that has another for the same states after a rejection is for the rest.
                None if rows.iter().any(|other| is_after_rejection(other, row)) => (row.result, vec![false]),
                None => (row.result, vec![false, true]),
            },
        };
        for after_rejection in after_rejection {
            let contexts = before_a_query(after_rejection);
            for (in_doubt, (cell, runs)) in [false, true].into_iter().zip(row.cells.iter().zip(&contexts)) {
                for feed in results_of_a_query(result) {
                    for run in runs {
                        check(run, RequestKind::Query, &feed, cell, in_doubt);
                        executed += 1;
                    }
                }
            }
        }
    }
    println!("executed {executed} cases of {} rows", rows.len());
}

fn is_after_rejection(other: &Row, row: &Row) -> bool {
    other.result != row.result && other.result.starts_with(row.result) && other.result.ends_with("after 402, 422")
}

#[test]
fn the_query_table_names_every_state() {
    let mut named: Vec<_> = table("result of a query")
        .iter()
        .filter(|row| row.result != CONFIRMED_NOT_FOUND && !row.result.contains("after"))
        .flat_map(|row| states(row.result))
        .collect();
    let mut all = STATES.to_vec();
    named.sort_unstable();
    all.sort_unstable();
    assert_eq!(named, all);
}

/// A 404 on a reused connection may belong to another request. A 404 for a query on a fresh one confirms it, unless there is any
/// other doubt.
#[test]
fn the_row_for_a_404_that_a_query_confirms() {
    let rows = table("result of a query");
    let row = rows.iter().find(|row| row.result == CONFIRMED_NOT_FOUND);
    assert_eq!(row.unwrap().cells, ["", "**refused** (problem)"]);
    let not_found = Feed::fresh(problem(404, "payment_not_found"));
    let unverified = not_found_on_a_reused_connection();

    let only_doubt = [
        Run::new().cancel(&unverified),
        Run::new().cancel(&Feed::NotSent).cancel(&unverified),
        Run::new().cancel(&unverified).query(&Feed::NoResponse),
        Run::new().cancel(&unverified).query(&unverified),
    ];
    for mut run in only_doubt.map(|run| run.query(&not_found)) {
        let Next::Done(Outcome::Refused(refused)) = run.step() else {
            panic!("{run:?}");
        };
        let problem = refused.problem.unwrap();
        assert_eq!(problem.kind(), ProblemType::PaymentNotFound);
        assert_eq!(refused.payment, None);
    }

    let other_doubt = [
        Run::new().cancel(&Feed::NoResponse),
        Run::resumed(),
        Run::new().cancel(&Feed::Response(problem(401, "x"), Connection::Reused)),
        Run::new().cancel(&Feed::Response(problem(404, "brand_new"), Connection::Reused)),
        Run::new().cancel(&Feed::Response(problem(410, "payment_not_found"), Connection::Reused)),
        Run::new().cancel(&unverified).query(&authorized()).cancel(&Feed::NoResponse),
        Run::new().cancel(&unverified).query(&authorized()).cancel(&Feed::NotSent),
        Run::new().cancel(&unverified).query(&authorized()).cancel(&Feed::fresh(problem(409, "x"))),
        Run::new().cancel(&unverified).query(&authorized()).cancel(&unverified),
        Run::new().cancel(&Feed::NoResponse).query(&authorized()).cancel(&unverified),
    ];
    let no_doubt = [Run::new().cancel(&Feed::fresh(problem(409, "x")))];
    for run in other_doubt.into_iter().chain(no_doubt) {
        let mut run = run.query(&not_found);
        assert_eq!(run.step(), Next::AfterAWait(RequestKind::Query), "{run:?}");
    }
}
