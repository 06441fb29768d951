//! One request, its response, and what that shows.

use std::time::{Duration, Instant};

use bambora_core::flow::{ExchangeResult, Observation};
use bambora_hyper::Client;
use http::StatusCode;

use super::flow::Kind;
use super::work::Work;
use crate::breaker::Admission;
use crate::journal::{Journal, JournalError, StartedRow};

/// A request that is to be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) work: Box<Work>,
    pub(super) kind: Kind,
    pub(super) admission: Admission,
}

/// An exchange that has ended.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) request: Request,
    pub(super) status: Option<StatusCode>,
    pub(super) result: ExchangeResult,
    pub(super) elapsed: Duration,
}

/// A request that was not sent, since the journal did not take down that it may be.
#[derive(Debug)]
pub(super) struct NotStored {
    pub(super) request: Request,
    pub(super) error: JournalError,
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
pub(super) async fn exchange(
    client: &Client,
    journal: &Journal,
    request: Request,
) -> Result<Exchanged, Box<NotStored>> {
    let Request { work, kind, .. } = &request;
    if let Some(checkpoint) = work.flow().checkpoint_before(*kind) {
        let stored = journal.store_checkpoint(StartedRow::from(work.taken()), checkpoint).await;
        if let Err(error) = stored {
            return Err(Box::new(NotStored { request, error }));
        }
    }
    let begun = Instant::now();
    let flow = work.flow();
    let (status, result) = match client.exchange_on(flow.request(*kind, client.api()), flow.connection()).await {
        Ok(received) => (Some(received.response.status()), flow.judge(*kind, &received.response, received.connection)),
        Err(error) => (None, ExchangeResult::failed(&error)),
    };
    Ok(Exchanged { elapsed: begun.elapsed(), request, status, result })
}
