//! How a command goes through its payments.

use std::num::NonZeroU32;
use std::time::Duration;

use bambora_batch::{Rate, Runner};
use bambora_core::CancelPolicy;
use bambora_core::errors::InvalidPolicy;
use clap::Args;

use super::jobs::jobs;
use super::seconds::seconds;

/// How many further cancel, capture or refund requests a command makes for a payment.
const FURTHER_CANCELS: u32 = 2;

#[derive(Args, Debug)]
#[command(next_help_heading = "The run")]
pub(crate) struct RunOptions {
    /// Print JSON on stdout: an object for each payment; with a journal, one for each event
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Start no request for a payment after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    deadline: Duration,
    /// Send no second request that changes the payment; a lost response is still followed by queries
    #[arg(long)]
    no_retry: bool,
    /// How many requests are under way at once, at most 10,000 [default: 8]
    #[arg(long, value_name = "N", requires = "journal", value_parser = jobs)]
    jobs: Option<usize>,
    /// How many requests are sent in a second at most, queries included
    #[arg(long, value_name = "N", requires = "journal", value_parser = rate)]
    rate: Option<TypedRate>,
    /// End the run if the server cannot be reached for this many seconds, instead of trying forever
    #[arg(long, value_name = "SECONDS", requires = "journal", value_parser = seconds)]
    outage_limit: Option<Duration>,
    /// Go on even if the first responses are all 404: the merchant, the base URL and the list are right
    #[arg(long, requires = "journal")]
    accept_not_found: bool,
    /// Ask again for payments that are stuck
    #[arg(long, requires = "journal")]
    pub(crate) retry_stuck: bool,
    /// After how many runs a payment in doubt is stuck, and left to a person [default: 5]
    #[arg(long, value_name = "RUNS", requires = "journal")]
    stuck_after: Option<NonZeroU32>,
    /// Use a journal that is a copy or a restored backup, that was moved to another file system, or whose last changes are
    /// lost: cancels that wait are queried first; captures and refunds that wait are only queried, and not sent any more.
    /// Nobody may use the original again
    #[arg(long, requires = "journal")]
    pub(crate) adopt: bool,
}

impl RunOptions {
    /// Allows further requests that change a payment beside those that were `made`, or that the command is for.
    pub(crate) fn policy(&self, made: u32) -> Result<CancelPolicy, InvalidPolicy> {
        let further = if self.no_retry { 0 } else { FURTHER_CANCELS };
        CancelPolicy::builder()
            .further_cancels(made.saturating_add(further).saturating_sub(1))
            .deadline(self.deadline)
            .build()
    }

    /// Checks that nothing was given that is for a journal only.
    pub(crate) fn check_no_journal(&self) -> Result<(), String> {
        let given = [
            ("--jobs", self.jobs.is_some()),
            ("--rate", self.rate.is_some()),
            ("--outage-limit", self.outage_limit.is_some()),
            ("--stuck-after", self.stuck_after.is_some()),
            ("--accept-not-found", self.accept_not_found),
            ("--retry-stuck", self.retry_stuck),
            ("--adopt", self.adopt),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(format!(
                "{option} is for a run with a journal; without one, payments are gone through one after the other: leave \
                 it out"
            )),
            None => Ok(()),
        }
    }

    pub(crate) fn apply(&self, mut runner: Runner) -> Runner {
        if let Some(jobs) = self.jobs {
            runner = runner.jobs(jobs);
        }
        if let Some(typed) = &self.rate {
            runner = runner.rate(typed.rate);
        }
        if let Some(limit) = self.outage_limit {
            runner = runner.outage_limit(limit);
        }
        if let Some(runs) = self.stuck_after {
            runner = runner.stuck_after(runs.get());
        }
        runner.accept_not_found(self.accept_not_found)
    }

    /// Returns the options that hold for the next run too, as they are typed: whatever limits what is sent, and when. The deadline
    /// does not: what was not resolved in it would not be the next time either.
    pub(super) fn arguments(&self) -> String {
        let no_retry = self.no_retry.then(|| " --no-retry".to_owned());
        let jobs = self.jobs.map(|jobs| format!(" --jobs {jobs}"));
        let rate = self.rate.as_ref().map(|rate| format!(" --rate {}", rate.text));
        let outage = self.outage_limit.map(|limit| format!(" --outage-limit {}", limit.as_secs_f64()));
        let stuck = self.stuck_after.map(|runs| format!(" --stuck-after {runs}"));
        [no_retry, jobs, rate, outage, stuck].into_iter().flatten().collect()
    }
}

/// A rate, and the number as it was typed.
#[derive(Clone, Debug)]
struct TypedRate {
    rate: Rate,
    text: String,
}

fn rate(text: &str) -> Result<TypedRate, String> {
    let requests = text.parse().map_err(|_| "write a number of requests per second, for example 50".to_owned())?;
    let rate = Rate::per_second(requests).map_err(|error| error.to_string())?;
    Ok(TypedRate { rate, text: text.to_owned() })
}
