//! `bambora query`.

use std::collections::VecDeque;
use std::error::Error;

use bambora_batch::InvalidLines;
use bambora_core::PaymentReference;
use clap::Args;

use crate::counted::counted;
use crate::exit_status::ExitStatus;
use crate::options::{List, Target, jobs, named_or_listed, print_invalid_lines, warn_of_empty_list};
use crate::outcome_report::OutcomeReport;
use crate::output;
use crate::references;

/// Query the state of payments; what was canceled in the web back office does not show
#[derive(Args, Debug)]
#[command(group = named_or_listed("references"))]
pub(crate) struct Query {
    /// The references that the payments were made with
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Print one JSON object for each payment on stdout
    #[arg(long)]
    json: bool,
    /// How many requests are under way at once, at most 10,000
    #[arg(long, value_name = "N", default_value = "8", value_parser = jobs)]
    jobs: usize,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    target: Target,
}

impl Query {
    /// Queries the payments, and tells of them in their order.
    pub(crate) async fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let references = self.references()?;
        self.target.check_payments(&references)?;
        let api = self.target.api(|sandbox| self.target.make_payments(sandbox, &references))?;
        let client = self.target.connection.client(api, false)?;
        let hints = self.target.connection.hints(&client);
        let mut worst = ExitStatus::Done;
        let mut helpful = None;
        let mut under_way = VecDeque::new();
        let mut rest = references.into_iter();
        loop {
            while under_way.len() < self.jobs
                && let Some(reference) = rest.next()
            {
                let client = client.clone();
                under_way.push_back(tokio::spawn(async move {
                    OutcomeReport::of_query(&reference, client.query(&reference).await)
                }));
            }
            let Some(query) = under_way.pop_front() else {
                break;
            };
            let report = query.await?;
            let written = output::print(&report.text(self.json));
            worst = worst.max(report.status).max(written);
            helpful = helpful.or_else(|| report.hint(hints));
            if written == ExitStatus::Unwritten {
                break;
            }
        }
        helpful.into_iter().for_each(output::message);
        Ok(worst)
    }

    fn references(&self) -> Result<Vec<PaymentReference>, Box<dyn Error>> {
        let mut references = references::references(&self.references)?;
        let mut invalid = Vec::new();
        for entry in self.list.references()?.into_iter().flatten() {
            let entry = entry?;
            match entry.reference {
                Ok(reference) => references.push(references::warn_of_blanks(reference)),
                Err(error) => invalid.push((entry.line, error)),
            }
        }
        if references.is_empty() && invalid.is_empty() {
            warn_of_empty_list();
        }
        print_invalid_lines(invalid.len() as u64, &invalid);
        match self.list.invalid_lines() {
            InvalidLines::Refuse if !invalid.is_empty() => {
                let lines = counted(invalid.len() as u64, "invalid line");
                Err(format!("the list has {lines}: correct it, or add --skip-invalid").into())
            }
            _ => Ok(references),
        }
    }
}
