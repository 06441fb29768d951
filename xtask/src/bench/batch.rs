//! A journal and its runs: the rate beside the same client without a journal, memory and time as the list grows, and the time until
//! a run begins.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::programs::{Programs, report};
use super::rounds::Rounds;

/// The payments of the short run that the others are compared to, ten times as many, and those of a long list.
pub(crate) const SHORT: u64 = 10_000;
pub(crate) const MIDDLE: u64 = 100_000;
pub(crate) const LONG: u64 = 1_000_000;

/// What a measurement tells, in a process of its own.
#[derive(Deserialize)]
struct Measured {
    seconds: f64,
    peak_mib: f64,
}

pub(crate) struct Batch {
    /// The payments of the longest run.
    pub(crate) payments: u64,
    pub(crate) rows: Vec<Row>,
}

/// One kind of measurement, in several rounds.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) payments: u64,
    pub(crate) seconds: Rounds,
    pub(crate) peak_mib: Rounds,
}

impl Batch {
    pub(crate) fn measure(programs: &Programs, quick: bool) -> Result<Self> {
        let payments = if quick { MIDDLE } else { LONG };
        let mut runs = vec![("bare", payments), ("run", payments), ("run", SHORT)];
        if payments != MIDDLE {
            runs.push(("run", MIDDLE));
        }
        println!("   a journal with up to {payments} payments: 3 rounds");
        let mut rows = rounds(programs, &runs, 3)?;
        rows.extend(rounds(programs, &[("import", LONG), ("resume", LONG)], 1)?);
        Ok(Self { payments, rows })
    }

    pub(crate) fn row(&self, what: &str, payments: u64) -> Result<&Row> {
        let row = self.rows.iter().find(|row| row.what == what && row.payments == payments);
        row.with_context(|| format!("{what} of {payments} payments was not measured"))
    }
}

fn rounds(programs: &Programs, kinds: &[(&'static str, u64)], rounds: u32) -> Result<Vec<Row>> {
    let row = |&(what, payments)| Row { what, payments, seconds: Rounds::default(), peak_mib: Rounds::default() };
    let mut rows: Vec<Row> = kinds.iter().map(row).collect();
    for _ in 0..rounds {
        for row in &mut rows {
            let measured: Measured = report(programs.call("batch", &[row.what, &row.payments.to_string()])?)?;
            row.seconds.0.push(measured.seconds);
            row.peak_mib.0.push(measured.peak_mib);
        }
    }
    Ok(rows)
}
