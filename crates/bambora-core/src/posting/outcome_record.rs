//! A [`PostingOutcome`] as it is serialized: *captured* and *refunded* are two.

use serde::{Deserialize, Serialize};

use super::order::PostingKind;
use super::outcome::{Posted, PostingNotSent, PostingOutcome, PostingRefused, PostingUnknown};

#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum OutcomeRecord {
    Captured(Posted),
    Refunded(Posted),
    Refused(PostingRefused),
    NotSent(PostingNotSent),
    Unknown(PostingUnknown),
}

impl From<PostingOutcome> for OutcomeRecord {
    fn from(outcome: PostingOutcome) -> Self {
        match outcome {
            PostingOutcome::Posted(posted) => match posted.order.kind {
                PostingKind::Capture => Self::Captured(posted),
                PostingKind::Refund => Self::Refunded(posted),
            },
            PostingOutcome::Refused(refused) => Self::Refused(refused),
            PostingOutcome::NotSent(not_sent) => Self::NotSent(not_sent),
            PostingOutcome::Unknown(unknown) => Self::Unknown(unknown),
        }
    }
}

impl TryFrom<OutcomeRecord> for PostingOutcome {
    type Error = OtherKind;

    fn try_from(record: OutcomeRecord) -> Result<Self, OtherKind> {
        let (posted, kind) = match record {
            OutcomeRecord::Captured(posted) => (posted, PostingKind::Capture),
            OutcomeRecord::Refunded(posted) => (posted, PostingKind::Refund),
            OutcomeRecord::Refused(refused) => return Ok(Self::Refused(refused)),
            OutcomeRecord::NotSent(not_sent) => return Ok(Self::NotSent(not_sent)),
            OutcomeRecord::Unknown(unknown) => return Ok(Self::Unknown(unknown)),
        };
        match posted.order.kind == kind {
            true => Ok(Self::Posted(posted)),
            false => Err(OtherKind { outcome: kind.done(), order: posted.order.kind.as_str() }),
        }
    }
}

/// Why an outcome cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the outcome says {outcome}, and its order is a {order}")]
pub(super) struct OtherKind {
    outcome: &'static str,
    order: &'static str,
}
