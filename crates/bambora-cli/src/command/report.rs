//! `bambora report`: what a journal has.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use bambora_batch::{Journal, JournalError, JournalOptions, Row, Status};
use bambora_core::posting::PostingKey;
use bambora_core::{Amount, Escaped};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::exit_status::ExitStatus;
use crate::output;
use crate::shell_word::file_word;

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
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
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

/// A column's name, and what a row has in it.
type Column = (&'static str, fn(&Row) -> Value);

const COLUMNS: [Column; 15] = [
    ("reference", |row| row.reference.as_str().into()),
    ("status", |row| row.status.as_str().into()),
    ("message", |row| row.message.as_str().into()),
    ("operation", |row| row.order.operation().as_str().into()),
    ("amount", |row| row.order.amount().map(Amount::minor_units).into()),
    ("key", |row| row.order.key().map(PostingKey::as_str).into()),
    ("confirmation", |row| row.confirmation.as_deref().into()),
    ("problem", |row| row.problem.as_deref().into()),
    ("attempts", |row| row.attempts.into()),
    ("queries", |row| row.queries.into()),
    ("runs", |row| row.runs.into()),
    ("added", |row| row.added.into()),
    ("started", |row| row.started.into()),
    ("finished", |row| row.finished.into()),
    ("checkpoint", |row| row.checkpoint.as_deref().into()),
];

impl Report {
    pub(crate) fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let journal = JournalOptions::new().open(&self.journal).map_err(|error| match error {
            JournalError::Copied { .. } | JournalError::WalMissing { .. } => {
                let file = file_word(&self.journal);
                format!("{error}, with bambora resume --adopt {file}; to look at it as it is: sqlite3 -readonly {file}")
            }
            error => error.to_string(),
        })?;
        let written = self.write(&journal, &mut BufWriter::new(io::stdout().lock()));
        match written.map_err(|error| error.downcast::<io::Error>()) {
            Ok(()) => Ok(ExitStatus::Done),
            Err(Ok(stdout)) => Ok(output::told(Err(*stdout))),
            Err(Err(journal)) => Err(journal),
        }
    }

    fn write(&self, journal: &Journal, to: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let rows = journal.rows(if self.status.is_empty() { &Status::ALL[..] } else { &self.status });
        match if self.json { Format::Json } else { self.format } {
            Format::Table => {
                let counts = journal.counts().wait()?;
                writeln!(to, "merchant {} at {}: {counts}", journal.merchant_number(), Escaped(journal.base_url()))?;
                for row in rows {
                    let row = row?;
                    let reference = Escaped(row.reference.as_str()).to_string();
                    writeln!(to, "{:<8}  {reference:<24}  {}", row.status, Escaped(&row.message))?;
                }
            }
            Format::Csv => {
                let mut table = csv::Writer::from_writer(&mut *to);
                table.write_record(COLUMNS.map(|(name, _)| name)).map_err(io::Error::from)?;
                for row in rows {
                    let row = row?;
                    let values = COLUMNS.map(|(_, value)| csv_text(value(&row)));
                    table.write_record(values).map_err(io::Error::from)?;
                }
                table.flush()?;
            }
            Format::Json => {
                for row in rows {
                    let row = row?;
                    let object = COLUMNS.map(|(name, value)| (name.to_owned(), value(&row)));
                    writeln!(to, "{}", output::json_line(&Value::Object(object.into_iter().collect())))?;
                }
            }
        }
        Ok(to.flush()?)
    }
}

fn csv_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        number => number.to_string(),
    }
}
