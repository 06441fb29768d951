//! What the journal keeps of an outcome.

use bambora_core::flow::{Observation, Refused};
use bambora_core::posting::{PostingKind, PostingOutcome, PostingRefused, Refusal};
use bambora_core::{Outcome, Problem};

use crate::journal::{Conclusion, Record};

impl From<&Outcome> for Record {
    /// What is to be recorded of an outcome: a row stays in doubt if it is [`Outcome::Unknown`].
    fn from(outcome: &Outcome) -> Self {
        let (conclusion, problem) = match outcome {
            Outcome::Canceled(canceled) => {
                let confirmation = canceled.confirmation.as_str().to_owned();
                return Self::new(Conclusion::Canceled { confirmation });
            }
            Outcome::Refused(refused) => (Conclusion::Refused, refusal(refused)),
            Outcome::NotSent(_) => (Conclusion::NotSent, "not sent".to_owned()),
            Outcome::Unknown(unknown) => (
                Conclusion::Unknown { checkpoint: Some(unknown.checkpoint.to_string()), stuck: false },
                last_seen(unknown.observation.as_deref()),
            ),
        };
        Self { problem: Some(problem), message: Some(outcome.to_string()), ..Self::new(conclusion) }
    }
}

impl From<&PostingOutcome> for Record {
    /// What is to be recorded of an outcome: a row stays in doubt if it is [`PostingOutcome::Unknown`].
    fn from(outcome: &PostingOutcome) -> Self {
        let (conclusion, problem) = match outcome {
            PostingOutcome::Posted(posted) => {
                let confirmation = posted.confirmation.as_str().to_owned();
                return Self::new(match posted.order.kind {
                    PostingKind::Capture => Conclusion::Captured { confirmation },
                    PostingKind::Refund => Conclusion::Refunded { confirmation },
                });
            }
            PostingOutcome::Refused(refused) => (Conclusion::Refused, posting_refusal(refused)),
            PostingOutcome::NotSent(_) => (Conclusion::NotSent, "not sent".to_owned()),
            PostingOutcome::Unknown(unknown) => (
                Conclusion::Unknown { checkpoint: Some(unknown.checkpoint.to_string()), stuck: false },
                last_seen(unknown.observation.as_deref()),
            ),
        };
        Self { problem: Some(problem), message: Some(outcome.to_string()), ..Self::new(conclusion) }
    }
}

/// A few words that all rows with this refusal share.
fn refusal(refused: &Refused) -> String {
    match (&refused.problem, &refused.payment) {
        (Some(problem), _) => problem_words(problem),
        (None, Some(payment)) => format!("payment is {}", payment.state),
        (None, None) => "refused".to_owned(),
    }
}

/// A few words that all rows with this refusal share.
fn posting_refusal(refused: &PostingRefused) -> String {
    match &*refused.refusal {
        Refusal::Problem { problem, .. } => problem_words(problem),
        Refusal::State { payment, .. } => format!("payment is {}", payment.state),
        Refusal::KeyUsed { .. } => "key has another amount".to_owned(),
        _ => "refused".to_owned(),
    }
}

fn problem_words(problem: &Problem) -> String {
    format!("{} {}", problem.status, problem.kind())
}

fn last_seen(observation: Option<&Observation>) -> String {
    observation.map_or_else(|| "no response yet".to_owned(), observed)
}

/// A few words that all rows share that were last seen like this.
fn observed(observation: &Observation) -> String {
    match observation {
        Observation::NotSent { .. } => "query not sent".to_owned(),
        Observation::NoResponse { .. } => "no usable response".to_owned(),
        Observation::Problem { problem, .. } => problem_words(problem),
        Observation::Response { status, .. } => format!("response {status}"),
        Observation::Unreadable { status, .. } => format!("unreadable response {status}"),
        Observation::OtherReference { .. } => "response of another payment".to_owned(),
        Observation::Payment { payment, .. } if payment.operation_in_progress => "operation in progress".to_owned(),
        Observation::Payment { payment, .. } => format!("last seen {}", payment.state),
        _ => "in doubt".to_owned(),
    }
}
