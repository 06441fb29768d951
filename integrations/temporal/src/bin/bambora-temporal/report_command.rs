//! `bambora-temporal report`: how the payments of the task queue stand.

use std::error::Error;
use std::fmt;

use bambora_temporal::Payments;

/// The texts of the search attribute, in the order of the report.
const STATUSES: [&str; 7] = ["canceled", "captured", "refunded", "refused", "working", "paused", "stuck"];

/// How many ids of each status are listed.
const LISTED: usize = 1_000;

/// How many payments have each status.
pub(crate) struct Counts([usize; STATUSES.len()]);

impl Counts {
    pub(crate) async fn of(payments: &Payments) -> Result<Self, Box<dyn Error>> {
        let mut counts = [0; STATUSES.len()];
        for (status, count) in STATUSES.into_iter().zip(&mut counts) {
            *count = payments.count(status).await?;
        }
        Ok(Self(counts))
    }

    pub(crate) fn working(&self) -> usize {
        self.count("working")
    }

    fn count(&self, status: &str) -> usize {
        STATUSES.into_iter().zip(self.0).filter(|(known, _)| *known == status).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (status, count) in STATUSES.into_iter().zip(self.0).filter(|(_, count)| *count > 0) {
            write!(f, "{separator}{count} {status}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("no payments") } else { Ok(()) }
    }
}

/// Prints the report. `false` if a payment needs a person.
pub(crate) async fn run(payments: &Payments) -> Result<bool, Box<dyn Error>> {
    let counts = Counts::of(payments).await?;
    println!("{counts}");
    for status in ["refused", "paused", "stuck"] {
        let ids = payments.list(status, LISTED).await?;
        for id in &ids {
            println!("{status}\t{id}");
        }
        if ids.len() == LISTED {
            println!("{status}\tand perhaps more: temporal workflow list --query \"{}\"", payments.query(status));
        }
    }
    Ok(counts.count("refused") + counts.count("paused") + counts.count("stuck") == 0)
}
