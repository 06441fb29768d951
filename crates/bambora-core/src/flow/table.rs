//! The rules: what the result of an exchange means for a cancel, and what comes next.
//!
//! A flow is *in doubt* if an earlier cancel request may have taken effect, or may still do so: it got no response, or one that
//! settles nothing. A resumed flow is in doubt from the start. Doubt never goes away; a query that shows the payment authorized
//! does not show that no request is still on its way.
//!
//! A problem, or a 429, on a *reused connection* may belong to another request: it settles nothing.
//!
//! | result of a cancel request | not in doubt | in doubt |
//! |---|---|---|
//! | 200 that confirms it | **canceled** (response) | **canceled** (response) |
//! | not sent, 429 | cancel again | query |
//! | 409 problem | query | query |
//! | 402, 422 problem | query at once | query at once |
//! | 400, 401, 403, 404 problem | **refused** (problem) | query |
//! | a problem or 429 on a reused connection | query, in doubt from now on | query |
//! | no response, or any other | query, in doubt from now on | query |
//!
//! | result of a query | not in doubt | in doubt |
//! |---|---|---|
//! | `Canceled` | **canceled** (already) | **canceled** (query) |
//! | an operation in progress | query again | query again |
//! | `Authorization Expired`, `Declined`, `Captured`, `Refunded`, `Settled` | **refused** (state) | **refused** (state) |
//! | `Voided` | **refused** (state) | query again |
//! | `Authorized` after 402, 422 | **refused** (problem) | cancel again |
//! | `Authorized` | cancel again | cancel again |
//! | `None`, an unrecognized state, after 402, 422 | **refused** (problem) | query again |
//! | `None`, an unrecognized state | query again | query again |
//! | 404 `payment_not_found` problem, the only doubt is such a problem on a reused connection, and no query showed the payment | | **refused** (problem) |
//! | not sent, no response, or any other | query again | query again |
//!
//! There is a wait before every request that is not *at once*. If the budget for what comes next is used up: **not sent** if no
//! request can have reached the server, else **unknown**.

use super::exchange_result::{Connection, ExchangeResult};
use super::observation::Observation;
use super::outcome::Confirmation;
use crate::payment::{PaymentState, PaymentSummary};
use crate::problem::{Problem, ProblemType};

/// The result of a cancel request.
#[derive(Clone, Debug)]
pub(super) enum CancelResult {
    Confirmed(PaymentSummary),
    /// Not sent, or turned away with 429.
    NotCarriedOut,
    /// 409: another request is modifying the payment, and this one did not.
    Blocked,
    /// 402 or 422: the payment's state does not allow a cancel.
    InvalidState(Problem),
    /// 400, 401, 403 or 404: the request itself is at fault.
    BadRequest(Problem),
    /// A 404 problem on a reused connection.
    UnverifiedNotFound,
    /// No response, or one that settles nothing.
    Inconclusive,
}

/// The result of a query.
#[derive(Clone, Debug)]
pub(super) enum QueryResult {
    Canceled(PaymentSummary),
    InProgress,
    /// A state from which no cancel is possible, and to which none leads.
    Terminal(PaymentSummary),
    /// `Voided`: no document says that a cancel cannot end there.
    Voided(PaymentSummary),
    /// Authorized, and nothing in progress: not seen canceled, which does not show that nothing happened.
    Authorized(PaymentSummary),
    /// A state that tells neither.
    Unrecognized(PaymentSummary),
    /// A 404 problem on a fresh connection.
    NotFound(Problem),
    /// No response, or one that shows nothing.
    Inconclusive,
}

/// What a flow knows of its earlier cancel requests.
#[derive(Clone, Debug)]
pub(super) enum Doubt {
    /// None of them took effect.
    None,
    /// The last one got a 404 problem on a reused connection, no query has shown the payment, and there is no other doubt.
    UnverifiedNotFound,
    /// One of them may have taken effect, or may still.
    Other,
}

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    CancelAgain,
    Query,
    /// Without a wait: the API is there, and has just judged.
    QueryAtOnce,
    Canceled(Confirmation, PaymentSummary),
    RefusedByProblem(Problem, Option<PaymentSummary>),
    RefusedByState(PaymentSummary),
}

/// The first table.
pub(super) fn after_cancel(result: CancelResult, in_doubt: bool) -> Next {
    match (result, in_doubt) {
        (CancelResult::Confirmed(payment), _) => Next::Canceled(Confirmation::Response, payment),
        (CancelResult::NotCarriedOut, false) => Next::CancelAgain,
        (CancelResult::NotCarriedOut, true) | (CancelResult::Blocked, _) => Next::Query,
        (CancelResult::InvalidState(_), _) => Next::QueryAtOnce,
        (CancelResult::BadRequest(problem), false) => Next::RefusedByProblem(problem, None),
        (CancelResult::BadRequest(_), true) => Next::Query,
        (CancelResult::UnverifiedNotFound | CancelResult::Inconclusive, _) => Next::Query,
    }
}

/// The second table. `rejected` is the problem of the last cancel request, if that was a 402 or 422.
pub(super) fn after_query(result: QueryResult, doubt: &Doubt, rejected: Option<&Problem>) -> Next {
    match (result, doubt, rejected) {
        (QueryResult::Canceled(payment), Doubt::None, _) => Next::Canceled(Confirmation::Already, payment),
        (QueryResult::Canceled(payment), _, _) => Next::Canceled(Confirmation::Query, payment),
        (QueryResult::InProgress, _, _) => Next::Query,
        (QueryResult::Terminal(payment), _, _) => Next::RefusedByState(payment),
        (QueryResult::Voided(payment), Doubt::None, _) => Next::RefusedByState(payment),
        (QueryResult::Voided(_), _, _) => Next::Query,
        (QueryResult::Authorized(payment) | QueryResult::Unrecognized(payment), Doubt::None, Some(problem)) => {
            Next::RefusedByProblem(problem.clone(), Some(payment))
        }
        (QueryResult::Authorized(_), _, _) => Next::CancelAgain,
        (QueryResult::Unrecognized(_), _, _) => Next::Query,
        (QueryResult::NotFound(problem), Doubt::UnverifiedNotFound, _) => Next::RefusedByProblem(problem, None),
        (QueryResult::NotFound(_) | QueryResult::Inconclusive, _, _) => Next::Query,
    }
}

impl CancelResult {
    /// Only the statuses that are documented for a refusal, with a problem document of the API, count as one: anything else may
    /// come from a gateway that does not know what the API did.
    pub(super) fn of(result: &ExchangeResult) -> Self {
        match &result.observation {
            Observation::NotSent { .. } => Self::NotCarriedOut,
            Observation::Payment { payment } if payment.is_canceled() => Self::Confirmed(payment.clone()),
            Observation::Problem { problem } if result.connection == Connection::Reused => match problem.kind() {
                ProblemType::PaymentNotFound if problem.status == 404 => Self::UnverifiedNotFound,
                _ => Self::Inconclusive,
            },
            Observation::Problem { problem } => match problem.status {
                409 => Self::Blocked,
                402 | 422 => Self::InvalidState(problem.clone()),
                400 | 401 | 403 | 404 => Self::BadRequest(problem.clone()),
                429 => Self::NotCarriedOut,
                _ => Self::Inconclusive,
            },
            Observation::Response { status: 429 } if result.connection == Connection::Fresh => Self::NotCarriedOut,
            _ => Self::Inconclusive,
        }
    }
}

impl QueryResult {
    pub(super) fn of(result: &ExchangeResult) -> Self {
        let payment = match &result.observation {
            Observation::Payment { payment } => payment,
            Observation::Problem { problem }
                if result.connection == Connection::Fresh
                    && problem.status == 404
                    && problem.kind() == ProblemType::PaymentNotFound =>
            {
                return Self::NotFound(problem.clone());
            }
            _ => return Self::Inconclusive,
        };
        if payment.operation_in_progress {
            return Self::InProgress;
        }
        let payment = payment.clone();
        match payment.state {
            PaymentState::Canceled => Self::Canceled(payment),
            PaymentState::Authorized => Self::Authorized(payment),
            PaymentState::Voided => Self::Voided(payment),
            PaymentState::AuthorizationExpired
            | PaymentState::Declined
            | PaymentState::Captured
            | PaymentState::Refunded
            | PaymentState::Settled => Self::Terminal(payment),
            PaymentState::None | PaymentState::Other(_) => Self::Unrecognized(payment),
        }
    }
}

impl PaymentSummary {
    fn is_canceled(&self) -> bool {
        self.state == PaymentState::Canceled && !self.operation_in_progress
    }
}
