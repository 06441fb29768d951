//! `bambora capture` and `bambora refund`.

use std::error::Error;
use std::path::Path;

use bambora_client::Driver;
use bambora_core::posting::PostingFlow;
use bambora_core::posting::{PostingKey, PostingKind, PostingOrder, PostingPolicy};
use bambora_core::{Amount, PaymentReference};
use bambora_sandbox::{Fault, Operation, Sandbox};
use clap::Args;

use crate::exit_status::ExitStatus;
use crate::options::{Budget, SandboxPayments, Target, amount};
use crate::references::reference;
use crate::single_run::SingleRun;

#[derive(Args, Debug)]
pub(crate) struct Posting {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    reference: String,
    /// How much, in minor currency units: 1000 for 10.00 EUR
    #[arg(long, value_name = "N", value_parser = amount)]
    amount: Amount,
    /// A text that no other capture, or no other refund, of the payment has, for example an invoice number
    #[arg(long, value_name = "KEY")]
    key: PostingKey,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    budget: Budget,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    payments: SandboxPayments,
    /// With --sandbox: the fault that the first request meets, for example apply-then-drop; given again, the second, and so
    /// on
    #[arg(long, value_name = "FAULT", help_heading = "Trying it out", requires = "sandbox")]
    fault: Vec<Fault>,
}

impl Posting {
    pub(crate) async fn run(&self, kind: PostingKind) -> Result<ExitStatus, Box<dyn Error>> {
        let reference = reference(&self.reference)?;
        self.payments.check(std::slice::from_ref(&reference))?;
        let policy = PostingPolicy::new(self.budget.policy(1)?);
        let order = PostingOrder::new(kind, reference, self.amount, self.key.clone());
        let api = self.target.api(|sandbox| self.prepare(sandbox, kind, &order.reference))?;
        // Nobody can go on with a sandbox that ends with this process.
        let resume_command = (!self.target.sandbox).then(|| self.target.endpoint.resume_command(Path::new("-")));
        let mut run = SingleRun::new(api.clone(), self.json, resume_command)?;
        run.drive(Driver::<PostingFlow>::begin(api, order, policy)).await;
        Ok(run.end())
    }

    /// Makes a payment of which the amount can be captured or refunded.
    fn prepare(&self, sandbox: &Sandbox, kind: PostingKind, reference: &PaymentReference) {
        let (reference_text, amount) = (reference.as_str(), self.amount.minor_units());
        sandbox.authorize_amount(reference_text, amount, "EUR");
        let operation = match kind {
            PostingKind::Capture => Operation::Capture,
            PostingKind::Refund => {
                sandbox.capture(reference_text, amount, None);
                Operation::Refund
            }
        };
        self.payments.insert_named(sandbox);
        for &fault in &self.fault {
            sandbox.fault(operation, reference_text, fault);
        }
    }
}
