//! `bambora report`: what a journal has.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use bambora_batch::{Journal, JournalError, JournalOptions, Row, Status};
use bambora_core::posting::PostingKey;
use bambora_core::{Amount, Escaped};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::exit_status::ExitStatus;
use crate::output;

/// Show what a journal has of each payment; nothing is sent, and nothing is changed
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The journal, while no run uses it
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// Show only payments of this status; may be given more than once
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(Status::ALL.map(Status::as_str))
        .try_map(|text| text.parse::<Status>()))]
    status: Vec<Status>,
    /// How to show them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object on each line
    Json,
}

const COLUMNS: [&str; 15] = [
    "reference",
    "status",
    "message",
    "operation",
    "amount",
    "key",
    "confirmation",
    "problem",
    "attempts",
    "queries",
    "runs",
    "added",
    "started",
    "finished",
    "checkpoint",
];

impl Report {
    pub(crate) fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let journal = JournalOptions::new().open(&self.journal)?;
        let statuses = if self.status.is_empty() { &Status::ALL[..] } else { &self.status };
        let mut stdout = BufWriter::new(io::stdout().lock());
        let written = match self.format {
            Format::Table => table(&journal, statuses, &mut stdout),
            Format::Csv => csv(&journal, statuses, &mut stdout),
            Format::Json => json(&journal, statuses, &mut stdout),
        };
        match written.and_then(|()| Ok(stdout.flush()?)) {
            Err(Failed::Journal(error)) => Err(error.into()),
            Err(Failed::Stdout(error)) => Ok(output::told(Err(error))),
            Ok(()) => Ok(ExitStatus::Done),
        }
    }
}

enum Failed {
    Journal(JournalError),
    Stdout(io::Error),
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

impl From<csv::Error> for Failed {
    fn from(error: csv::Error) -> Self {
        Self::Stdout(error.into())
    }
}

fn table(journal: &Journal, statuses: &[Status], to: &mut impl Write) -> Result<(), Failed> {
    let counts = journal.counts().wait()?;
    writeln!(to, "merchant {} at {}: {counts}", journal.merchant_number(), Escaped(journal.base_url()))?;
    for row in journal.rows(statuses) {
        let row = row?;
        let reference = Escaped(row.reference.as_str()).to_string();
        writeln!(to, "{:<8}  {reference:<24}  {}", row.status, Escaped(&row.message))?;
    }
    Ok(())
}

fn csv(journal: &Journal, statuses: &[Status], to: &mut impl Write) -> Result<(), Failed> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(COLUMNS)?;
    for row in journal.rows(statuses) {
        table.write_record(values(&row?))?;
    }
    Ok(table.flush()?)
}

/// The row's values in the order of [`COLUMNS`].
fn values(row: &Row) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: Option<i64>| time.map(|time| time.to_string()).unwrap_or_default();
    [
        row.reference.to_string(),
        row.status.to_string(),
        row.message.clone(),
        row.order.operation().to_string(),
        row.order.amount().map(|amount| amount.minor_units().to_string()).unwrap_or_default(),
        row.order.key().map(|key| key.as_str().to_owned()).unwrap_or_default(),
        text(&row.confirmation),
        text(&row.problem),
        row.attempts.to_string(),
        row.queries.to_string(),
        row.runs.to_string(),
        row.added.to_string(),
        time(row.started),
        time(row.finished),
        text(&row.checkpoint),
    ]
}

fn json(journal: &Journal, statuses: &[Status], to: &mut impl Write) -> Result<(), Failed> {
    for row in journal.rows(statuses) {
        let row = row?;
        let object = json!({
            "reference": row.reference.as_str(),
            "status": row.status.as_str(),
            "message": row.message,
            "operation": row.order.operation().as_str(),
            "amount": row.order.amount().map(Amount::minor_units),
            "key": row.order.key().map(PostingKey::as_str),
            "confirmation": row.confirmation,
            "problem": row.problem,
            "attempts": row.attempts,
            "queries": row.queries,
            "runs": row.runs,
            "added": row.added,
            "started": row.started,
            "finished": row.finished,
            "checkpoint": row.checkpoint,
        });
        writeln!(to, "{}", output::json_line(&object))?;
    }
    Ok(())
}
