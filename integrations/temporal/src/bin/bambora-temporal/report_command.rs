//! `bambora-temporal report`: how the payments of the task queue stand.

use std::error::Error;
use std::fmt;

use bambora_temporal::{Payments, Standing};

/// How many ids of each standing are listed.
const LISTED: usize = 1_000;

/// How many payments stand how.
pub(crate) struct Counts(Vec<(Standing, usize)>);

impl Counts {
    pub(crate) fn of(standings: &[Standing]) -> Self {
        let count = |standing| standings.iter().filter(|&&one| one == standing).count();
        Self(Standing::ALL.map(|standing| (standing, count(standing))).into())
    }

    async fn of_queue(payments: &Payments) -> Result<Self, Box<dyn Error>> {
        let mut counts = Vec::new();
        for standing in Standing::ALL {
            counts.push((standing, payments.count(standing).await?));
        }
        Ok(Self(counts))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (standing, count) in self.0.iter().filter(|(_, count)| *count > 0) {
            write!(f, "{separator}{count} {}", standing.as_str())?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("no payments") } else { Ok(()) }
    }
}

/// Prints the report. `false` if a payment needs a person.
pub(crate) async fn run(payments: &Payments) -> Result<bool, Box<dyn Error>> {
    println!("{}", Counts::of_queue(payments).await?);
    let mut needs_a_person = false;
    for standing in [Standing::Refused, Standing::Paused, Standing::Stuck] {
        let ids = payments.list(standing, LISTED).await?;
        for id in &ids {
            println!("{}\t{id}", standing.as_str());
        }
        if ids.len() == LISTED {
            let query = payments.query(standing);
            println!("{}\tand perhaps more: temporal workflow list --query \"{query}\"", standing.as_str());
        }
        needs_a_person |= !ids.is_empty();
    }
    Ok(!needs_a_person)
}
