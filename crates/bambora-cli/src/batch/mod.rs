//! The payments of a journal, many at once.

mod display;
mod summary;
mod wording;

use std::error::Error;
use std::future;
use std::path::Path;

use bambora_batch::{
    ImportError, Imported, InputError, Journal, JournalError, JournalOptions, Order, OrderEntry, RunEnd, Runner,
    StopToken as RunStop,
};
use bambora_core::CancelPolicy;
use bambora_core::posting::PostingPolicy;
use bambora_hyper::Client;

use crate::exit_status::ExitStatus;
use crate::options::{Connection, List, RunOptions, print_doubtful_lines};
use crate::stop_token::StopToken;

use display::Display;
use summary::Ending;

/// A journal, and what a run over it needs.
pub(crate) struct Batch<'a> {
    journal: Journal,
    client: Client,
    options: &'a RunOptions,
    policy: CancelPolicy,
    connection: &'a Connection,
    display: Display,
}

impl<'a> Batch<'a> {
    /// Opens the journal of the merchant whose credentials are set.
    pub(crate) fn open(
        path: &Path,
        create: bool,
        options: &'a RunOptions,
        connection: &'a Connection,
    ) -> Result<Self, Box<dyn Error>> {
        if path.as_os_str() == "-" {
            return Err("a journal is a file, and - would be a pipe: give it a name".into());
        }
        // Whatever can be wrong is found before a journal is created.
        let policy = options.policy(1)?;
        let client = connection.client(connection.endpoint.api()?, true)?;
        let merchant = client.api().merchant();
        let journal = JournalOptions::new().owner(merchant).create(create).adopt(options.adopt);
        let journal = journal.open(path).map_err(|error| match error {
            JournalError::Copied { .. } | JournalError::WalMissing { .. } => format!("{error}, with --adopt"),
            error => error.to_string(),
        })?;
        let display = Display::new(options.json, connection.hints(&client));
        Ok(Self { journal, client, options, policy, connection, display })
    }

    /// Adds a list, or nothing of it. Its invalid lines are named.
    pub(crate) fn import<E: Into<OrderEntry>>(
        &mut self,
        entries: Option<impl Iterator<Item = Result<E, InputError>>>,
        list: &List,
    ) -> Result<(), Box<dyn Error>> {
        let Some(entries) = entries else {
            return Ok(());
        };
        let imported = match self.journal.import(entries, list.invalid_lines()) {
            Err(ImportError::InvalidLines(imported)) => {
                print_doubtful_lines(&imported);
                return Err(format!("{} with --skip-invalid", ImportError::InvalidLines(imported)).into());
            }
            imported => imported?,
        };
        print_doubtful_lines(&imported);
        self.display.show_imported(&imported);
        Ok(())
    }

    /// Adds what the command line names.
    pub(crate) fn add(&mut self, orders: Vec<Order>) -> Result<(), Box<dyn Error>> {
        if orders.is_empty() {
            return Ok(());
        }
        let added = self.journal.add_orders(orders).wait()?;
        let mut imported = Imported::default();
        (imported.added, imported.duplicates) = (added.added, added.duplicates);
        self.display.show_imported(&imported);
        Ok(())
    }

    /// Runs until every payment was worked on, or the process is asked to stop.
    pub(crate) async fn run(self) -> Result<ExitStatus, Box<dyn Error>> {
        let Self { journal, client, options, policy, connection, mut display } = self;
        if options.retry_stuck {
            journal.retry_stuck().await?;
        }
        let stop = RunStop::new();
        let signals = StopToken::install()?;
        tokio::spawn(forward(signals, stop.clone(), display.message_printer()));
        let runner = Runner::new(&journal, &client)
            .posting_policy(PostingPolicy::new(policy.clone()))
            .policy(policy)
            .progress_interval(display.interval())
            .stop_token(&stop);
        let observer = |event| {
            display.show_event(&event);
            future::ready(())
        };
        let summary = options.apply(runner).run_with(observer).await?;
        let resume = connection.resume_command(options, journal.path());
        let ending =
            Ending { summary: &summary, journal: journal.path(), resume, hint: display.hint, hints: display.hints };
        display.show_ending(&ending);
        let status = ending.status();
        let closed = journal.close().await;
        if let (Err(error), false) = (closed, matches!(summary.end, RunEnd::Journal(_))) {
            display.message_printer()(&format!("warning: {error}"));
        }
        Ok(status.max(display.written))
    }
}

/// Ends the run by the signals that this process gets.
async fn forward(signals: StopToken, stop: RunStop, print: impl Fn(&str)) {
    signals.triggered(1).await;
    stop.trigger();
    print(crate::stop_token::STOPPING);
    signals.triggered(2).await;
    stop.trigger();
}
