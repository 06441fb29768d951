//! `bambora capture` and `bambora refund`.

use std::error::Error;
use std::path::PathBuf;
use std::slice;

use bambora_batch::{InvalidEntry, Order};
use bambora_client::Driver;
use bambora_core::Amount;
use bambora_core::posting::{PostingFlow, PostingKey, PostingKind, PostingOrder, PostingPolicy};
use bambora_sandbox::{Fault, Operation, Sandbox};
use clap::{Arg, Args};

use crate::batch::Batch;
use crate::exit_status::ExitStatus;
use crate::options::{OF_ANOTHER_API, PostingList, RunOptions, Target, amount, named_or_listed};
use crate::references::reference;
use crate::single_run::SingleRun;

/// Returns a capture or refund that the API can make.
pub(super) fn order(
    kind: PostingKind,
    text: &str,
    amount: Amount,
    key: &PostingKey,
) -> Result<PostingOrder, Box<dyn Error>> {
    if kind == PostingKind::Refund && amount.minor_units() == 0 {
        return Err(InvalidEntry::NothingToRefund.into());
    }
    Ok(PostingOrder::new(kind, reference(text)?, amount, key.clone()))
}

#[derive(Args, Debug)]
#[command(group = named_or_listed("reference"))]
#[command(mut_args(only_with_a_list))]
pub(crate) struct Posting {
    /// The reference that the payment was made with
    #[arg(conflicts_with = "from", requires_all = ["amount", "key"], value_name = "REF")]
    reference: Option<String>,
    /// How much, in minor currency units: 1000 for 10.00 EUR
    #[arg(long, value_name = "N", requires = "reference", conflicts_with = "from", value_parser = amount)]
    amount: Option<Amount>,
    /// A text that no other capture, or no other refund, of the payment has, for example an invoice number
    #[arg(long, value_name = "KEY", requires = "reference", conflicts_with = "from")]
    key: Option<PostingKey>,
    /// Keep a row for each capture or refund in this file, which is created if it does not exist, and work on all of its payments
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sandbox", "payment", "fault"])]
    journal: Option<PathBuf>,
    #[command(flatten)]
    list: PostingList,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    target: Target,
    /// With --sandbox: the fault that the first request meets, for example apply-then-drop; given again, the second, and so
    /// on
    #[arg(long, value_name = "FAULT", help_heading = "Trying it out", requires = "sandbox",
        conflicts_with_all = OF_ANOTHER_API)]
    fault: Vec<Fault>,
}

/// What describes a list does not go with a payment that is named. It requires a list, but that is void beside such a payment: a
/// list is ruled out then.
fn only_with_a_list(argument: Arg) -> Arg {
    const OF_A_LIST: [&str; 6] = ["csv", "column", "delimiter", "skip_invalid", "amount_column", "key_column"];
    if OF_A_LIST.contains(&argument.get_id().as_str()) { argument.conflicts_with("reference") } else { argument }
}

impl Posting {
    pub(crate) async fn run(&self, kind: PostingKind) -> Result<ExitStatus, Box<dyn Error>> {
        let order = self.order(kind)?;
        if let Some(journal) = &self.journal {
            let list = self.list.postings(kind)?;
            let mut batch = Batch::open(journal, true, &self.run, &self.target.connection)?;
            batch.import(list, &self.list.list)?;
            batch.add(order.into_iter().map(Order::from).collect())?;
            return batch.run().await;
        }
        self.list.list.check_journal()?;
        self.run.check_no_journal()?;
        let order = order.ok_or("name a payment, with --amount and --key")?;
        self.run_without_journal(order).await
    }

    /// The capture or refund that the command line names.
    fn order(&self, kind: PostingKind) -> Result<Option<PostingOrder>, Box<dyn Error>> {
        let (Some(text), Some(amount), Some(key)) = (&self.reference, self.amount, &self.key) else {
            return Ok(None);
        };
        self::order(kind, text, amount, key).map(Some)
    }

    async fn run_without_journal(&self, order: PostingOrder) -> Result<ExitStatus, Box<dyn Error>> {
        self.target.check_payments(slice::from_ref(&order.reference))?;
        let policy = PostingPolicy::new(self.run.policy(1)?);
        let api = self.target.api(|sandbox| self.prepare(sandbox, &order))?;
        let mut run = SingleRun::of(&self.target, api.clone(), &self.run)?;
        run.drive(Driver::<PostingFlow>::begin(api, order, policy)).await;
        Ok(run.end())
    }

    /// Makes a payment of which the amount can be captured or refunded.
    fn prepare(&self, sandbox: &Sandbox, order: &PostingOrder) {
        let (reference, amount) = (order.reference.as_str(), order.amount.minor_units());
        sandbox.authorize_amount(reference, amount, "EUR");
        let operation = match order.kind {
            PostingKind::Capture => Operation::Capture,
            PostingKind::Refund => {
                sandbox.capture(reference, amount, None);
                Operation::Refund
            }
        };
        self.target.insert_payments(sandbox);
        for &fault in &self.fault {
            sandbox.fault(operation, reference, fault);
        }
    }
}
