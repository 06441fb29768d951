//! What became of a payment: lines for people, or a JSON object for programs.

use bambora_core::flow::{Observation, OutcomeKind};
use bambora_core::payment::PaymentSummary;
use bambora_core::posting::{PostingOutcome, RefusedBy};
use bambora_core::{Delivery, Error, Escaped, Outcome, Payment, PaymentReference};
use serde_json::{Map, Value, json};

use crate::exit_status::ExitStatus;
use crate::options::Hints;
use crate::output::{json_line, one_line};

/// What there is to tell about one payment.
pub(crate) struct OutcomeReport {
    pub(crate) status: ExitStatus,
    reference: PaymentReference,
    message: String,
    /// Further lines for people.
    details: Vec<String>,
    json: Map<String, Value>,
}

impl OutcomeReport {
    fn new(status: ExitStatus, name: &str, reference: &PaymentReference, message: String) -> Self {
        let members = [("reference", reference.as_str()), ("status", name), ("message", &message)];
        let members = members.map(|(name, text)| (name.to_owned(), text.into()));
        Self { status, reference: reference.clone(), message, details: Vec::new(), json: members.into_iter().collect() }
    }

    /// Reports a query.
    pub(crate) fn of_query(reference: &PaymentReference, result: Result<Payment, Error>) -> Self {
        let error = match result {
            Ok(payment) => {
                let state = payment.state.to_string();
                let mut report = Self::new(ExitStatus::Done, "queried", reference, state);
                report.details.push(facts(&(&payment).into(), payment.comment.as_deref()));
                report.add("payment", json!(payment));
                return report;
            }
            Err(error) => error,
        };
        let problem = match &error {
            Error::Response(response) if response.status().is_client_error() => response.problem(),
            _ => None,
        };
        let kind = match (&error, problem) {
            (_, Some(_)) => OutcomeKind::Refused,
            (Error::Transport(error), _) if error.delivery() == Delivery::NotSent => OutcomeKind::NotSent,
            _ => OutcomeKind::Unknown,
        };
        let message = one_line(&error);
        let mut report = Self::new(kind.into(), kind.as_str(), reference, message);
        match problem {
            Some(problem) => report.add("problem", json!(problem)),
            None => report.add("cause", one_line(&error).into()),
        }
        report
    }

    /// Adds a member, unless it is nothing.
    fn add(&mut self, name: &str, value: Value) {
        if !value.is_null() {
            self.json.insert(name.to_owned(), value);
        }
    }

    fn add_unknown(&mut self, observation: Option<&Observation>, checkpoint: &str) {
        let cause = |observation: &Observation| match observation.cause() {
            Some(cause) => cause.to_string(),
            None => observation.to_string(),
        };
        self.add("cause", observation.map(cause).into());
        self.details.push(format!("checkpoint: {checkpoint}"));
        // It is JSON, so it stays an object of its own.
        self.add("checkpoint", serde_json::from_str(checkpoint).unwrap_or_else(|_| Value::from(checkpoint)));
    }

    fn add_summary(&mut self, payment: &PaymentSummary) {
        self.details.push(facts(payment, None));
        if let Value::Object(members) = json!(payment) {
            self.json.extend(members);
        }
    }

    /// Returns which option may help, if there was no usable response.
    pub(crate) fn hint(&self, hints: Hints) -> Option<&'static str> {
        if !matches!(self.status, ExitStatus::NotSent | ExitStatus::Unknown) {
            return None;
        }
        // A capture or refund that was not sent may have met a response of a query, which is no cause of the transport's.
        let cause = self.json.get("cause").and_then(Value::as_str);
        hints.of(cause.unwrap_or(&self.message))
    }

    /// Returns one line of JSON, or a few lines for people.
    pub(crate) fn text(&self, as_json: bool) -> String {
        if as_json {
            return json_line(&Value::Object(self.json.clone()));
        }
        let first = format!("{}: {}", self.reference, self.message);
        let mut text = Escaped(first).to_string();
        for detail in &self.details {
            text.push_str(&format!("\n  {}", Escaped(detail)));
        }
        text
    }
}

impl From<&Outcome> for OutcomeReport {
    fn from(outcome: &Outcome) -> Self {
        let kind = outcome.kind();
        let message = outcome.to_string();
        let mut report = Self::new(kind.into(), kind.as_str(), outcome.reference(), message);
        report.add("outcome", kind.as_str().into());
        match outcome {
            Outcome::Canceled(canceled) => {
                report.add("confirmation", json!(canceled.confirmation));
                report.add_summary(&canceled.payment);
            }
            Outcome::Refused(refused) => {
                report.add("problem", json!(refused.problem));
                refused.payment.iter().for_each(|payment| report.add_summary(payment));
            }
            Outcome::NotSent(not_sent) => report.add("cause", json!(not_sent.cause)),
            Outcome::Unknown(unknown) => {
                report.add_unknown(unknown.observation.as_deref(), &unknown.checkpoint.to_string());
            }
        }
        report
    }
}

impl From<&PostingOutcome> for OutcomeReport {
    fn from(outcome: &PostingOutcome) -> Self {
        let order = outcome.order();
        let status = match outcome {
            PostingOutcome::Posted(_) => ExitStatus::Done,
            PostingOutcome::Refused(_) => ExitStatus::Refused,
            PostingOutcome::NotSent(_) => ExitStatus::NotSent,
            PostingOutcome::Unknown(_) => ExitStatus::Unknown,
        };
        let mut report = Self::new(status, outcome.as_str(), &order.reference, outcome.to_string());
        report.add("outcome", outcome.as_str().into());
        report.add(
            "order",
            json!({ "operation": order.kind.as_str(), "amount": order.amount.minor_units(), "key": order.key.as_str() }),
        );
        match outcome {
            PostingOutcome::Posted(posted) => {
                report.add("confirmation", json!(posted.confirmation));
                report.add_summary(&posted.payment);
            }
            PostingOutcome::Refused(refused) => match &*refused.by {
                RefusedBy::Problem { problem, .. } => report.add("problem", json!(problem)),
                RefusedBy::State { payment, .. } | RefusedBy::KeyUsed { payment, .. } => report.add_summary(payment),
                _ => {}
            },
            PostingOutcome::NotSent(not_sent) => report.add("cause", json!(not_sent.cause())),
            PostingOutcome::Unknown(unknown) => {
                report.add_unknown(unknown.observation.as_deref(), &unknown.checkpoint.to_string());
            }
        }
        report
    }
}

/// Describes the payment in one line.
fn facts(payment: &PaymentSummary, comment: Option<&str>) -> String {
    let mut facts = format!("state {}", payment.state);
    if let Some(amount) = payment.amount {
        let units = amount.minor_units();
        let currency = payment.currency.as_ref();
        let currency = currency.map_or("of an unnamed currency", |currency| currency.as_str());
        facts.push_str(&format!(", amount {units} {currency} (in minor units)"));
    }
    if payment.operation_in_progress {
        facts.push_str(", an operation is in progress");
    }
    if let Some(comment) = comment {
        facts.push_str(&format!(", comment {comment:?}"));
    }
    facts
}
