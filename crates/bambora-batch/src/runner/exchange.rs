//! One request, its response, and what that shows.

use std::time::{Duration, Instant};

use bambora_core::flow::{ExchangeResult, Observation, RequestKind};
use bambora_hyper::Client;
use http::StatusCode;

use super::work::Work;
use crate::breaker::Admission;

/// An exchange that has ended.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) work: Box<Work>,
    pub(super) kind: RequestKind,
    pub(super) admission: Admission,
    pub(super) status: Option<StatusCode>,
    pub(super) result: ExchangeResult,
    pub(super) elapsed: Duration,
}

impl Exchanged {
    /// Whether the request was not sent, since no connection came about.
    pub(super) fn is_not_sent(&self) -> bool {
        matches!(self.result.observation, Observation::NotSent { .. })
    }

    /// Whether nobody seems to be there, although the connection came about.
    pub(super) fn is_unanswered(&self) -> bool {
        self.status.is_none_or(|status| status.is_server_error())
    }
}

/// Sends the request once, and judges the response.
pub(super) async fn exchange(client: &Client, work: Box<Work>, kind: RequestKind, admission: Admission) -> Exchanged {
    let reference = work.taken().reference();
    let begun = Instant::now();
    let request = kind.request(client.api(), reference);
    let (status, result) = match client.exchange_on(request, work.connection()).await {
        Ok(received) => {
            (Some(received.response.status()), kind.judge(reference, &received.response, received.connection))
        }
        Err(error) => (None, ExchangeResult::failed(&error)),
    };
    Exchanged { elapsed: begun.elapsed(), work, kind, admission, status, result }
}
