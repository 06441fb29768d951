//! The rules: what the result of an exchange means for a capture or a refund, and what comes next.
//!
//! A flow is *in doubt* once a posting request may have taken effect: it got no response, or one that settles nothing. A resumed
//! flow is in doubt from the start. In doubt, nothing is posted.
//!
//! A problem, or a 429, on a *reused connection* may belong to another request: it settles nothing.
//!
//! *The posting* is a capture (or refund) with the key and the amount, in a whole payment object of the reference with nothing in
//! progress. A posting of the kind is any capture (or any refund): without the key it may still be the posting, if the server does
//! not return comments.
//!
//! | result of the first query, and of every query while not in doubt | next |
//! |---|---|
//! | the posting | **done** (already; query, if this flow has made a posting request) |
//! | the key with another amount | **refused** (key) |
//! | an operation in progress | query again |
//! | `Canceled`, `Declined`, `Authorization Expired`, `Voided` | **refused** (state) |
//! | any other payment object | post |
//! | 400, 401, 403, 404 problem | **refused** (problem) |
//! | not sent, no response, or any other | query again |
//!
//! | result of a posting request | next |
//! |---|---|
//! | 201 (or 200 for a refund) with the posting | **done** (response) |
//! | not sent | post again |
//! | 409 problem, 429 | query |
//! | 400, 401, 402, 403, 404, 422 problem | **refused** (problem) |
//! | a problem or 429 on a reused connection | query, in doubt from now on |
//! | no response, or any other | query, in doubt from now on |
//!
//! | result of a query in doubt | next |
//! |---|---|
//! | the posting | **done** (query) |
//! | an operation in progress | query again |
//! | `Canceled`, `Declined`, `Authorization Expired`, without any posting of the kind | **refused** (state) |
//! | the same with postings of the kind, `Voided`, or the key with another amount | query again |
//! | any other payment object | query again; once, if that was opted for and the time is over: post |
//! | not sent, no response, or any other | query again |
//!
//! A posting follows a query at once, and there is a wait before every other request but the first. If the budget for what comes next is used up: **not sent** while not
//! in doubt, else **unknown**.

use super::outcome::RefusedBy;
use crate::flow::{Confirmation, Connection, ExchangeResult, Observation};
use crate::payment::{PaymentState, PaymentSummary, PostingMatch};
use crate::problem::Problem;

/// The result of a posting request.
#[derive(Clone, Debug)]
pub(super) enum PostResult {
    Confirmed(PaymentSummary),
    NotSent,
    /// 409, another request is modifying the payment; or 429.
    TurnedAway,
    Refused(Problem),
    Inconclusive,
}

/// The result of a query.
#[derive(Clone, Debug)]
pub(super) enum QueryResult {
    Found(PaymentSummary),
    OtherAmount(PaymentSummary),
    InProgress,
    /// A state in which the posting will never be possible, and to which none leads.
    Impossible(PaymentSummary),
    /// A state in which it will never be possible, though an earlier one may have been made: there are postings without the key,
    /// and one of them may be it, if the server does not return comments; or it is `Voided`, and no document says what leads there.
    ImpossibleNow(PaymentSummary),
    Absent,
    BadRequest(Problem),
    Inconclusive,
}

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    Post,
    PostAgain,
    Query,
    Done(Confirmation, PaymentSummary),
    Refused(RefusedBy),
}

/// The first table.
pub(super) fn after_query(result: QueryResult, has_posted: bool) -> Next {
    match result {
        QueryResult::Found(payment) if has_posted => Next::Done(Confirmation::Query, payment),
        QueryResult::Found(payment) => Next::Done(Confirmation::Already, payment),
        QueryResult::OtherAmount(payment) => Next::Refused(RefusedBy::KeyUsed { payment }),
        QueryResult::InProgress | QueryResult::Inconclusive => Next::Query,
        QueryResult::Impossible(payment) | QueryResult::ImpossibleNow(payment) => {
            Next::Refused(RefusedBy::State { payment })
        }
        QueryResult::Absent => Next::Post,
        QueryResult::BadRequest(problem) => Next::Refused(RefusedBy::Problem { problem }),
    }
}

/// The second table.
pub(super) fn after_post(result: PostResult, in_doubt: bool) -> Next {
    match (result, in_doubt) {
        (PostResult::Confirmed(payment), _) => Next::Done(Confirmation::Response, payment),
        (PostResult::NotSent, false) => Next::PostAgain,
        (PostResult::Refused(problem), false) => Next::Refused(RefusedBy::Problem { problem }),
        (PostResult::TurnedAway | PostResult::Inconclusive, _) => Next::Query,
        // Only a flow that was allowed to post once more in doubt comes here, and it is in doubt still.
        (PostResult::NotSent | PostResult::Refused(_), true) => Next::Query,
    }
}

/// The third table.
pub(super) fn after_query_in_doubt(result: QueryResult, may_post_again: bool) -> Next {
    match result {
        QueryResult::Found(payment) => Next::Done(Confirmation::Query, payment),
        QueryResult::Impossible(payment) => Next::Refused(RefusedBy::State { payment }),
        QueryResult::Absent if may_post_again => Next::Post,
        QueryResult::Absent
        | QueryResult::ImpossibleNow(_)
        | QueryResult::OtherAmount(_)
        | QueryResult::InProgress
        | QueryResult::BadRequest(_)
        | QueryResult::Inconclusive => Next::Query,
    }
}

impl PostResult {
    pub(super) fn of(result: &ExchangeResult) -> Self {
        match &result.observation {
            Observation::NotSent { .. } => Self::NotSent,
            Observation::Payment { payment } if payment.has_posting() => Self::Confirmed(payment.clone()),
            Observation::Problem { problem } if result.connection == Connection::Fresh => match problem.status {
                409 | 429 => Self::TurnedAway,
                400 | 401 | 402 | 403 | 404 | 422 => Self::Refused(problem.clone()),
                _ => Self::Inconclusive,
            },
            Observation::Response { status: 429 } if result.connection == Connection::Fresh => Self::TurnedAway,
            _ => Self::Inconclusive,
        }
    }
}

impl QueryResult {
    pub(super) fn of(result: &ExchangeResult) -> Self {
        let payment = match &result.observation {
            Observation::Payment { payment } => payment,
            Observation::Problem { problem }
                if result.connection == Connection::Fresh && matches!(problem.status, 400 | 401 | 403 | 404) =>
            {
                return Self::BadRequest(problem.clone());
            }
            _ => return Self::Inconclusive,
        };
        if payment.operation_in_progress {
            return Self::InProgress;
        }
        match (payment.posting, &payment.state) {
            (Some(PostingMatch::Found), _) => Self::Found(payment.clone()),
            (Some(PostingMatch::OtherAmount), _) => Self::OtherAmount(payment.clone()),
            (Some(PostingMatch::Absent), state) if is_terminal(state) => Self::Impossible(payment.clone()),
            (Some(_), state) if is_terminal(state) || *state == PaymentState::Voided => {
                Self::ImpossibleNow(payment.clone())
            }
            (Some(_), _) => Self::Absent,
            (None, _) => Self::Inconclusive,
        }
    }
}

/// Returns `true` for a state in which no capture and no refund will ever be possible, and to which none leads.
fn is_terminal(state: &PaymentState) -> bool {
    matches!(state, PaymentState::Canceled | PaymentState::Declined | PaymentState::AuthorizationExpired)
}

impl PaymentSummary {
    fn has_posting(&self) -> bool {
        self.posting == Some(PostingMatch::Found) && !self.operation_in_progress
    }
}
