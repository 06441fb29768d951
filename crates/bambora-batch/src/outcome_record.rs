//! What the journal keeps of an outcome.

use bambora_core::flow::{Observation, Refused};
use bambora_core::posting::{PostingKind, PostingOutcome, PostingRefused, RefusedBy};
use bambora_core::{Outcome, Problem};

use crate::gate::StopReason;
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

impl Record {
    /// The credentials were not accepted, which decides nothing about the payment.
    pub(crate) fn undecided(&mut self, reason: StopReason) {
        match &mut self.conclusion {
            Conclusion::Refused => self.conclusion = Conclusion::NotSent,
            Conclusion::Unknown { checkpoint, .. } => {
                self.conclusion = Conclusion::Interrupted { checkpoint: checkpoint.take() };
            }
            _ => {}
        }
        (self.problem, self.message) = (Some(reason.problem().to_owned()), None);
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
    match &*refused.by {
        RefusedBy::Problem { problem, .. } => problem_words(problem),
        RefusedBy::State { payment, .. } => format!("payment is {}", payment.state),
        RefusedBy::KeyUsed { .. } => "key has another amount".to_owned(),
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

#[cfg(test)]
mod tests {
    use bambora_core::flow::{Connection, ExchangeResult, RequestKind, Unknown};
    use bambora_core::posting::{PostingCheckpoint, PostingKey, PostingOrder, PostingUnknown};
    use bambora_core::{
        Amount, BaseUrl, Checkpoint, Merchant, MerchantNumber, PaymentReference, PaymentState, TransportError,
    };
    use http::Response;

    use super::*;

    fn reference() -> PaymentReference {
        "ORDER-1".parse().unwrap()
    }

    fn merchant() -> Merchant {
        Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
    }

    fn capture() -> PostingOrder {
        PostingOrder::capture(reference(), Amount::from(5), PostingKey::new("INVOICE-7").unwrap())
    }

    /// What the response to a query shows.
    fn response(status: u16, body: &str) -> Observation {
        let response = Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        RequestKind::Query.judge(&reference(), &response, Connection::Fresh).observation
    }

    fn payment(reference: &str, state: &str, operation_in_progress: bool) -> Observation {
        let body = format!(
            r#"{{"payment":"{reference}","currency":"EUR","state":"{state}","operations":[],"region":"emea_0",
            "merchant":"m","comment":null,"captures":[],"operationInProgress":{operation_in_progress},"refunds":[],"amount":1}}"#
        );
        response(200, &body)
    }

    #[test]
    fn rows_in_doubt_share_a_few_words_on_what_was_seen_last() {
        let not_sent = ExchangeResult::failed(&TransportError::not_sent("refused by 127.0.0.1:1"));
        let no_response = ExchangeResult::failed(&TransportError::unknown("reset after 17 bytes"));
        let problem = r#"{"type":"https://api.bambora.com/definitions/payments/payment_not_found","status":404}"#;
        for (observation, words) in [
            (None, "no response yet"),
            (Some(not_sent.observation), "query not sent"),
            (Some(no_response.observation), "no usable response"),
            (Some(response(404, problem)), "404 payment_not_found"),
            (Some(response(502, "<html>")), "response 502"),
            (Some(response(200, "garbage")), "unreadable response 200"),
            (Some(payment("ORDER-2", "Canceled", false)), "response of another payment"),
            (Some(payment("ORDER-1", "Authorized", true)), "operation in progress"),
            (Some(payment("ORDER-1", "Settled", false)), "last seen Settled"),
        ] {
            let observation = observation.map(Box::new);
            let mut unknown = Unknown::new(Checkpoint::new(merchant(), reference(), 1));
            unknown.observation = observation.clone();
            let mut posting = PostingUnknown::new(PostingCheckpoint::new(merchant(), capture(), 1));
            posting.observation = observation;
            let (cancel, posting) = (Outcome::Unknown(unknown), PostingOutcome::Unknown(posting));
            for (record, message) in
                [(Record::from(&cancel), cancel.to_string()), (Record::from(&posting), posting.to_string())]
            {
                assert_eq!(record.problem.as_deref(), Some(words));
                assert_eq!(record.message, Some(message));
                assert!(matches!(record.conclusion, Conclusion::Unknown { checkpoint: Some(_), stuck: false }));
            }
        }
    }

    #[test]
    fn refused_rows_share_a_few_words_on_the_reason() {
        let problem = || Problem::new(402, "https://api.bambora.com/definitions/payments/cannot_capture");
        let mut neither = Refused::by_state(reference(), PaymentState::Captured);
        neither.payment = None;
        for (outcome, words) in [
            (Refused::by_problem(reference(), problem()), "402 cannot_capture"),
            (Refused::by_state(reference(), PaymentState::Captured), "payment is Captured"),
            (neither, "refused"),
        ] {
            let record = Record::from(&Outcome::Refused(outcome));
            assert_eq!((record.conclusion, record.problem.as_deref()), (Conclusion::Refused, Some(words)));
        }
        for (outcome, words) in [
            (PostingRefused::by_problem(capture(), problem()), "402 cannot_capture"),
            (PostingRefused::by_state(capture(), PaymentState::Canceled), "payment is Canceled"),
        ] {
            let record = Record::from(&PostingOutcome::Refused(outcome));
            assert_eq!((record.conclusion, record.problem.as_deref()), (Conclusion::Refused, Some(words)));
        }
    }
}
