//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Durable cancels, captures and refunds of the Bambora Payments API, on Temporal.
///
/// The merchant comes from BAMBORA_MERCHANT_NUMBER and BAMBORA_BASE_URL; a worker also needs BAMBORA_MERCHANT_TOKEN and
/// BAMBORA_MERCHANT_SECRET. The engine's address comes from TEMPORAL_ADDRESS (localhost:7233) and the other variables and the
/// configuration file of Temporal's own programs.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The task queue, instead of `bambora-` and the merchant number.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) task_queue: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a worker until it gets SIGINT or SIGTERM.
    Worker(Worker),
    /// Starts a list of cancels, captures or refunds, and waits for their outcomes.
    Start(Start),
    /// Captures an amount exactly once by a key, and waits for the outcome.
    Capture(Posting),
    /// Refunds an amount exactly once by a key, and waits for the outcome.
    Refund(Posting),
    /// Counts the payments by status, and lists those that need a person.
    Report,
    /// Takes up the payments that are paused, since the credentials were rotated and the workers restarted.
    CredentialsRotated,
    /// Takes up payments that are stuck, with new budgets.
    TakeUp(TakeUp),
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The most requests per second, of all workers of the task queue together. Give every worker the same.
    #[arg(long, value_name = "PER_SECOND")]
    pub(crate) rate: Option<f64>,
    /// The most requests of this worker at the same time.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) concurrency: usize,
    /// How long a connection may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,
    /// How long one request and its response may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) total_timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The list: a payment reference on each line, or CSV; `-` for standard input.
    pub(crate) list: PathBuf,
    /// What is to be done with the payments. A list of captures or refunds is CSV.
    #[arg(long, value_enum, default_value_t = Operation::Cancel)]
    pub(crate) operation: Operation,
    /// The list is comma-separated values, whose first line names the columns.
    #[arg(long)]
    pub(crate) csv: bool,
    /// The column that has the references.
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "reference")]
    pub(crate) column: String,
    /// The column that has the amounts, in minor currency units.
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "amount")]
    pub(crate) amount_column: String,
    /// The column that has the keys.
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "key")]
    pub(crate) key_column: String,
    /// What separates the values, for example `;`.
    #[arg(long, value_name = "CHARACTER", requires = "csv", default_value = ",", value_parser = delimiter)]
    pub(crate) delimiter: u8,
    /// Ends when all are started.
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    Cancel,
    Capture,
    Refund,
}

#[derive(Debug, Args)]
pub(crate) struct Posting {
    /// The payment reference.
    pub(crate) reference: String,
    /// The amount in minor currency units.
    pub(crate) amount: i64,
    /// What tells this capture or refund of the payment from others: an invoice number, for example.
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArguments {
    /// After how many days without an outcome a payment is stuck.
    #[arg(long, value_name = "DAYS", default_value_t = 7.0)]
    pub(crate) days: f64,
    /// How long the engine waits for the result of one request before it counts as lost, in seconds: longer than the workers'
    /// total timeout.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) exchange_timeout: Duration,
    /// The longest wait between two requests for a payment, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600.0)]
    pub(crate) longest_wait: f64,
}

#[derive(Debug, Args)]
pub(crate) struct TakeUp {
    /// The workflow ids, as the report lists them.
    #[arg(required_unless_present = "all")]
    pub(crate) ids: Vec<String>,
    /// All that are stuck.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("write one character, for example ; or \\t for a tab".to_owned()),
    }
}
