//! How a payment's workflow stands, and what it was told.

use bambora_core::flow::Observation;
use serde::{Deserialize, Serialize};
use temporalio_common::search_attributes::SearchAttributeKey;

use crate::exchange::Hold;

/// The search attribute that visibility queries ask for: a keyword with the text of [`Phase`], or of the outcome:
/// `canceled`, `captured`, `refunded`, `refused`.
pub const STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("BamboraStatus");

/// What the query `status` returns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// What the workflow does, or waits for.
    pub phase: Phase,
    /// How many requests to cancel or post were handed out, including those of earlier runs.
    pub requests: u32,
    /// How many queries were handed out in this run.
    pub queries: u32,
    /// What the last exchange showed.
    pub observation: Option<Observation>,
    /// Why the last request that was due was not sent, if it was not.
    pub hold: Option<Hold>,
    /// The last observation, or the outcome, in a sentence.
    pub message: String,
}

/// What a workflow does, or waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// It sends requests, or waits until the next is due.
    Working,
    /// The API turned the credentials away: it waits for the signal `credentials_rotated`, for as long as it takes.
    Paused,
    /// Its budget is used up without an outcome: it waits for the signal `take_up` or `close`.
    Stuck,
    /// It has an outcome.
    Done,
}

impl Phase {
    /// Returns the text that the search attribute has: `working`, `paused`, `stuck` or `done`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Paused => "paused",
            Self::Stuck => "stuck",
            Self::Done => "done",
        }
    }
}

/// The state of a workflow: its status, and the signals that it got.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) status: Status,
    /// How many times it was told that the credentials were rotated.
    pub(crate) rotations: u32,
    /// How many times it was told to take the payment up again.
    pub(crate) taken_up: u32,
    pub(crate) closed: bool,
}

impl Default for Desk {
    fn default() -> Self {
        let status = Status {
            phase: Phase::Working,
            requests: 0,
            queries: 0,
            observation: None,
            hold: None,
            message: String::new(),
        };
        Self { status, rotations: 0, taken_up: 0, closed: false }
    }
}
