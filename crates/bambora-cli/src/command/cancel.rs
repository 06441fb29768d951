//! `bambora cancel`.

use std::error::Error;
use std::path::PathBuf;

use bambora_batch::Order;
use bambora_client::Driver;
use bambora_core::{CancelFlow, PaymentReference};
use bambora_sandbox::{Fault, Operation};
use clap::Args;

use crate::batch::Batch;
use crate::exit_status::ExitStatus;
use crate::options::{List, OF_ANOTHER_API, RunOptions, Target, named_or_listed};
use crate::references;
use crate::single_run::SingleRun;

/// Cancel payments, and find out what became of each
///
/// A few payments are canceled one after the other. With --journal, any number of payments, many at once: the journal keeps
/// what is known of each, whatever happens to this process.
#[derive(Args, Debug)]
#[command(group = named_or_listed("references"))]
pub(crate) struct Cancel {
    /// The references that the payments were made with
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Keep a row for each payment in this file, which is created if it does not exist, and work on all of its payments
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sandbox", "payment", "fault"])]
    journal: Option<PathBuf>,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    target: Target,
    /// With --sandbox: the fault that each payment's first cancel request meets, for example apply-then-drop; given again,
    /// its second, and so on
    #[arg(long, value_name = "FAULT", help_heading = "Trying it out", requires = "sandbox",
        conflicts_with_all = OF_ANOTHER_API)]
    fault: Vec<Fault>,
}

impl Cancel {
    pub(crate) async fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let references = references::references(&self.references)?;
        match &self.journal {
            Some(journal) => {
                let list = self.list.references()?;
                let mut batch = Batch::open(journal, true, &self.run, &self.target.connection)?;
                batch.import(list, &self.list)?;
                batch.add(references.into_iter().map(Order::from).collect())?;
                batch.run().await
            }
            None => self.run_without_journal(references).await,
        }
    }

    async fn run_without_journal(&self, references: Vec<PaymentReference>) -> Result<ExitStatus, Box<dyn Error>> {
        self.list.check_journal()?;
        self.run.check_no_journal()?;
        references::check_distinct(&references)?;
        self.target.check_payments(&references)?;
        let policy = self.run.policy(1)?;
        let api = self.target.api(|sandbox| {
            self.target.make_payments(sandbox, &references);
            for reference in &references {
                for &fault in &self.fault {
                    sandbox.fault(Operation::Cancel, reference.as_str(), fault);
                }
            }
        })?;
        let mut run = SingleRun::of(&self.target, api.clone(), &self.run)?;
        for reference in references {
            run.drive(Driver::<CancelFlow>::begin(api.clone(), reference, policy.clone())).await;
        }
        Ok(run.end())
    }
}
