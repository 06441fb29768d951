//! The rules: what an answer means for a cancel, and what comes next.
//!
//! *Doubt* means that an earlier cancel request of this flow may have worked, or may still: it got no answer, or one that
//! settles nothing. It never goes away; a query that shows the payment authorized does not prove that a request is not
//! still on its way.
//!
//! | answer to a cancel request | without doubt | in doubt |
//! |---|---|---|
//! | 200, the proof | **canceled** (answer) | **canceled** (answer) |
//! | could not be sent | cancel again | query |
//! | 429 | cancel again | query |
//! | 409 problem | query | query |
//! | 402, 422 problem | query at once | query at once |
//! | 400, 401, 403, 404 problem | **refused** (problem) | query |
//! | none, or any other | query, from now on in doubt | query |
//!
//! | answer to a query | without doubt | in doubt |
//! |---|---|---|
//! | `Canceled` | **canceled** (already) | **canceled** (query) |
//! | an operation in progress | query again | query again |
//! | `Captured`, `Declined`, … | **refused** (state) | **refused** (state) |
//! | `Authorized` after 402, 422 | **refused** (problem) | cancel again |
//! | `Authorized` | cancel again | cancel again |
//! | `None`, an unheard-of state, after 402, 422 | **refused** (problem) | query again |
//! | `None`, an unheard-of state | query again | query again |
//! | none, or any other | query again | query again |
//!
//! There is a wait before every request that is not *at once*. Where the budget for what comes next is used up: **not sent** if no request can have reached the server, else
//! **unknown**.

use crate::payment::{Payment, PaymentState};
use crate::{Problem, Reason, ResponseError};

/// What came of a cancel request.
#[derive(Clone, Debug)]
pub(super) enum CancelAnswer {
    /// The proof.
    Proven(Box<Payment>),
    /// The server cannot have seen it.
    NotSent,
    /// 429: turned away, to be tried again.
    Throttled,
    /// 409: another request is modifying the payment, and this one did not.
    Blocked,
    /// 402 or 422: the payment's state is against it.
    Rejected(Rejection),
    /// 400, 401, 403 or 404: the request itself is at fault.
    Denied(Rejection),
    /// No answer, or one that settles nothing.
    Open,
}

/// A problem that answered a cancel request.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) problem: Problem,
}

/// What came of a query.
#[derive(Clone, Debug)]
pub(super) enum QueryAnswer {
    /// The payment is canceled.
    Canceled(Box<Payment>),
    /// An operation is in progress.
    Moving,
    /// A state from which no cancel is possible.
    Final(Box<Payment>),
    /// Authorized, and nothing in progress: not observed canceled, which is not the same as "it did not happen".
    Authorized(Box<Payment>),
    /// A state that says neither.
    Unfamiliar(Box<Payment>),
    /// No answer, or one that shows nothing.
    Nothing,
}

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    CancelAgain,
    Query,
    /// Without a wait: the API is there, and has just judged.
    QueryAtOnce,
    CanceledByAnswer(Box<Payment>),
    CanceledByQuery(Box<Payment>),
    AlreadyCanceled(Box<Payment>),
    RefusedByProblem(Rejection, Option<Box<Payment>>),
    RefusedByState(Box<Payment>),
}

/// The first table.
pub(super) fn after_cancel(answer: CancelAnswer, doubt: bool) -> Next {
    match (answer, doubt) {
        (CancelAnswer::Proven(payment), _) => Next::CanceledByAnswer(payment),
        (CancelAnswer::NotSent | CancelAnswer::Throttled, false) => Next::CancelAgain,
        (CancelAnswer::NotSent | CancelAnswer::Throttled, true) => Next::Query,
        (CancelAnswer::Blocked, _) => Next::Query,
        (CancelAnswer::Rejected(_), _) => Next::QueryAtOnce,
        (CancelAnswer::Denied(rejection), false) => Next::RefusedByProblem(rejection, None),
        (CancelAnswer::Denied(_), true) => Next::Query,
        (CancelAnswer::Open, _) => Next::Query,
    }
}

/// The second table. `rejection` is what the last cancel request was answered with, where that was 402 or 422.
pub(super) fn after_query(answer: QueryAnswer, doubt: bool, rejection: Option<&Rejection>) -> Next {
    match (answer, doubt, rejection) {
        (QueryAnswer::Canceled(payment), true, _) => Next::CanceledByQuery(payment),
        (QueryAnswer::Canceled(payment), false, _) => Next::AlreadyCanceled(payment),
        (QueryAnswer::Moving, _, _) => Next::Query,
        (QueryAnswer::Final(payment), _, _) => Next::RefusedByState(payment),
        (
            QueryAnswer::Authorized(payment) | QueryAnswer::Unfamiliar(payment),
            false,
            Some(rejection),
        ) => Next::RefusedByProblem(rejection.clone(), Some(payment)),
        (QueryAnswer::Authorized(_), _, _) => Next::CancelAgain,
        (QueryAnswer::Unfamiliar(_), _, _) => Next::Query,
        (QueryAnswer::Nothing, _, _) => Next::Query,
    }
}

impl CancelAnswer {
    /// Only the statuses that the API documents for a refusal, with a problem document of the API's own, count as one: anything
    /// else may come from a gateway that does not know what the API did.
    pub(super) fn new(result: Result<Box<Payment>, ResponseError>) -> Self {
        let error = match result {
            Ok(payment) => return Self::Proven(payment),
            Err(error) => error,
        };
        let status = error.status();
        let rejection = || {
            let problem = error.problem()?;
            problem.is_of_the_api(status).then(|| Rejection {
                status: status.as_u16(),
                problem: problem.clone(),
            })
        };
        match (status.as_u16(), rejection()) {
            (409, Some(_)) => Self::Blocked,
            (402 | 422, Some(rejection)) => Self::Rejected(rejection),
            (400 | 401 | 403 | 404, Some(rejection)) => Self::Denied(rejection),
            (429, _) if !matches!(error.reason(), Reason::Unreadable(_)) => Self::Throttled,
            _ => Self::Open,
        }
    }
}

impl QueryAnswer {
    pub(super) fn new(result: Result<Box<Payment>, ResponseError>) -> Self {
        let Ok(payment) = result else {
            return Self::Nothing;
        };
        if payment.operation_in_progress {
            return Self::Moving;
        }
        match payment.state {
            PaymentState::Canceled => Self::Canceled(payment),
            PaymentState::Authorized => Self::Authorized(payment),
            PaymentState::AuthorizationExpired
            | PaymentState::Declined
            | PaymentState::Voided
            | PaymentState::Captured
            | PaymentState::Refunded
            | PaymentState::Settled => Self::Final(payment),
            PaymentState::None | PaymentState::Other(_) => Self::Unfamiliar(payment),
        }
    }
}
