//! What became of a payment: a text for people, or a JSON object for programs.

use bambora_core::{Error, Outcome, Payment, PaymentReference, Printable, Problem, TransportError};
use serde_json::{Map, Value, json};

use crate::exit_status::ExitStatus;
use crate::one_line;

/// What is to be said of one payment.
pub(crate) struct Report {
    pub(crate) status: ExitStatus,
    reference: PaymentReference,
    outcome: &'static str,
    message: String,
    payment: Option<Payment>,
    /// Further members of the JSON object.
    members: Map<String, Value>,
}

impl Report {
    /// Of a cancel. `failure` is the last thing that kept an answer from coming.
    pub(crate) fn of_cancel(
        reference: PaymentReference,
        outcome: Outcome,
        failure: Option<&TransportError>,
    ) -> Self {
        let kind = outcome.kind();
        let mut report = Self {
            status: kind.into(),
            reference,
            outcome: kind.as_str(),
            message: outcome.to_string(),
            payment: None,
            members: Map::new(),
        };
        match outcome {
            Outcome::Canceled(canceled) => {
                report.member("basis", canceled.basis.as_str().into());
                report.payment = Some(*canceled.payment);
            }
            Outcome::Refused(refused) => {
                if let Some(problem) = refused.problem() {
                    report.member("problem", problem_json(problem));
                }
                report.payment = refused.payment().cloned();
            }
            Outcome::NotSent(_) => report.error(failure, "no request was sent"),
            Outcome::Unknown(unknown) => {
                report.error(failure, &unknown.evidence().to_string());
                report.member("checkpoint", parsed(&unknown.checkpoint.to_string()));
            }
        }
        report
    }

    /// Of a query.
    pub(crate) fn of_query(reference: PaymentReference, result: Result<Payment, Error>) -> Self {
        let error = match result {
            Ok(payment) => {
                return Self {
                    status: ExitStatus::Done,
                    reference,
                    outcome: "queried",
                    message: format!("{}", payment.state),
                    payment: Some(payment),
                    members: Map::new(),
                };
            }
            Err(error) => error,
        };
        let problem = match &error {
            Error::Response(response) if response.status().is_client_error() => response.problem(),
            _ => None,
        };
        let status = match (&error, problem) {
            (Error::Transport(error), _) if error.delivery() == bambora_core::Delivery::NotSent => {
                ExitStatus::NotSent
            }
            (_, Some(_)) => ExitStatus::Refused,
            _ => ExitStatus::Unknown,
        };
        let mut report = Self {
            status,
            reference,
            outcome: match status {
                ExitStatus::Refused => "refused",
                ExitStatus::NotSent => "not_sent",
                _ => "unknown",
            },
            message: one_line(&error),
            payment: None,
            members: Map::new(),
        };
        match problem {
            Some(problem) => report.member("problem", problem_json(problem)),
            None => report.member("error", one_line(&error).into()),
        }
        report
    }

    fn member(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    fn error(&mut self, failure: Option<&TransportError>, otherwise: &str) {
        let text = failure.map_or_else(|| otherwise.to_owned(), |error| one_line(error));
        if failure.is_some() {
            self.message = format!("{} [{text}]", self.message);
        }
        self.member("error", text.into());
    }

    /// One line of JSON, or a few lines for people.
    pub(crate) fn text(self, as_json: bool) -> String {
        if as_json {
            return self.into_json().to_string();
        }
        let mut text = format!("{}: {}", Printable(self.reference.as_str()), self.message);
        if let Some(payment) = &self.payment {
            text.push_str(&format!("\n  {}", facts(payment)));
        }
        if let Some(checkpoint) = self.members.get("checkpoint") {
            text.push_str(&format!("\n  checkpoint: {checkpoint}"));
        }
        text
    }

    fn into_json(mut self) -> Value {
        self.member("reference", self.reference.as_str().into());
        self.member("outcome", self.outcome.into());
        self.member("message", self.message.as_str().into());
        if let Some(payment) = &self.payment {
            let payment = parsed(&payment.to_json());
            self.member("payment", payment);
        }
        Value::Object(self.members)
    }
}

/// The payment in one line.
fn facts(payment: &Payment) -> String {
    let mut facts = vec![
        format!("payment {}", payment.payment),
        format!("state {}", payment.state),
    ];
    if let Some(amount) = payment.amount {
        let currency = payment
            .currency
            .as_deref()
            .unwrap_or("of an unnamed currency");
        let units = amount.minor_units();
        facts.push(format!("amount {units} {currency} (in minor units)"));
    }
    if payment.operation_in_progress {
        facts.push("an operation is in progress".to_owned());
    }
    if let Some(comment) = &payment.comment {
        facts.push(format!("comment {comment:?}"));
    }
    Printable(facts.join(", ")).to_string()
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "type": problem.type_uri,
        "title": problem.title,
        "detail": problem.detail,
        "status": problem.status,
    })
}

/// A text that is JSON, because this project wrote it.
fn parsed(text: &str) -> Value {
    #[allow(clippy::expect_used, reason = "serde_json wrote the text")]
    serde_json::from_str(text).expect("the text is JSON")
}
