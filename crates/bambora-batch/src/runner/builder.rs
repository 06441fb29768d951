//! The runner as its users have it.

use std::future::Future;
use std::time::Duration;

use bambora_core::CancelPolicy;
use bambora_core::posting::PostingPolicy;
use bambora_hyper::Client;

use super::progress::{RunEvent, RunObserver};
use super::results::{self, Results};
use super::rows::Rows;
use super::run::Run;
use super::settings::Settings;
use super::stop_token::StopToken;
use super::summary::Summary;
use crate::journal::{Journal, JournalError};
use crate::pacer::Rate;

/// How many reasons a summary has at most.
const REASONS: u32 = 10;

/// Cancels, captures and refunds what a journal has: first those in doubt, then those that wait. The orders of one payment come one after
/// another, as they were added.
///
/// | setting | default |
/// |---|---|
/// | [`jobs`](Self::jobs) | 8 |
/// | [`rate`](Self::rate) | none |
/// | [`policy`](Self::policy) | [`CancelPolicy::default`] |
/// | [`posting_policy`](Self::posting_policy) | [`PostingPolicy::default`] |
/// | [`stuck_after`](Self::stuck_after) | 5 runs |
/// | [`accept_not_found`](Self::accept_not_found) | no |
/// | [`outage_limit`](Self::outage_limit) | none |
/// | [`progress_interval`](Self::progress_interval) | 1 s |
///
/// Build the client with [`reuse_connections`](bambora_hyper::ClientBuilder::reuse_connections): the runner asks for a fresh
/// one whenever a payment needs it.
///
/// ```
/// use bambora_batch::{Journal, Runner};
/// use bambora_hyper::Client;
/// # use bambora_sandbox::Sandbox;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = Sandbox::start()?;
/// # sandbox.authorize("ORDER-1");
/// # let api = sandbox.api();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("night.journal");
/// let client = Client::builder().reuse_connections(true).build(api)?;
/// let journal = Journal::open(path, client.api().merchant())?;
/// journal.add(vec!["ORDER-1".parse()?]).await?;
///
/// let summary = Runner::new(&journal, &client).jobs(16).run().await?;
/// println!("{summary}");
/// # assert_eq!(summary.progress.canceled, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Runner {
    journal: Journal,
    client: Client,
    settings: Settings,
}

impl Runner {
    /// How many requests are under way at most. Each may have a connection.
    pub const MAX_JOBS: usize = 10_000;

    /// Creates a runner of this journal's payments.
    pub fn new(journal: &Journal, client: &Client) -> Self {
        Self { journal: journal.clone(), client: client.clone(), settings: Settings::default() }
    }

    /// Sets how many requests are under way at once, from 1 to [`MAX_JOBS`](Runner::MAX_JOBS). A number beyond these counts as the
    /// nearest of them.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.settings.jobs = jobs.clamp(1, Self::MAX_JOBS);
        self
    }

    /// Sets how many requests are sent in a second, queries included.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.settings.rate = Some(rate);
        self
    }

    /// Sets the budgets of each cancel in one run. Only its own exchanges and waits count against its deadline, not the time in which
    /// the whole run is held back.
    pub fn policy(mut self, policy: CancelPolicy) -> Self {
        self.settings.policies.cancel = policy;
        self
    }

    /// Sets the budgets of each capture and refund in one run.
    pub fn posting_policy(mut self, policy: PostingPolicy) -> Self {
        self.settings.policies.posting = policy;
        self
    }

    /// Sets after how many runs a payment that is in doubt is stuck, at least 1. A run that ends early does not count for those
    /// that were under way.
    pub fn stuck_after(mut self, runs: u32) -> Self {
        self.settings.stuck_after = runs.max(1);
        self
    }

    /// Goes on if the first responses are all 404, once a person has said that this is right.
    pub fn accept_not_found(mut self, accept: bool) -> Self {
        self.settings.any_not_found = accept;
        self
    }

    /// Ends the run if the server could not be reached for this long. Without a limit, the run keeps trying.
    pub fn outage_limit(mut self, limit: Duration) -> Self {
        self.settings.outage_limit = Some(limit);
        self
    }

    /// Sets the time from one [`RunEvent::Progress`] to the next, at least a millisecond.
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.settings.progress_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Sets the token that ends the run.
    pub fn stop_token(mut self, stop: &StopToken) -> Self {
        self.settings.stop = stop.clone();
        self
    }

    /// Works through the journal until every payment was worked on, or something ends the run early. If the future is dropped before
    /// its end, the payments under way are in doubt, and the next run queries them.
    ///
    /// # Errors
    ///
    /// If the run cannot begin: the journal cannot be written, or is another merchant's. Whatever happens later is in the
    /// [`Summary`].
    pub async fn run(self) -> Result<Summary, JournalError> {
        self.run_with(|_| std::future::ready(())).await
    }

    /// Like [`run`](Self::run), and reports each result and the progress to `observer`, which is awaited.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    pub async fn run_with(self, observer: impl RunObserver) -> Result<Summary, JournalError> {
        let Self { journal, client, settings } = self;
        journal.check_merchant(client.api().merchant())?;
        let run = journal.begin_run().await?;
        let to_do = journal.counts().await?.unfinished();
        let rows = Rows::new(journal.clone(), run);
        let (end, progress) = Run::new(client, settings, observer, rows, to_do).go().await;
        Ok(Summary {
            end,
            progress,
            counts: journal.counts().await.ok(),
            reasons: journal.reasons(REASONS).await.unwrap_or_default(),
        })
    }

    /// Runs, with the results as a stream. Await both: a stream that is not read holds the run up, and one that is dropped
    /// does not.
    ///
    /// ```
    /// # use bambora_batch::{Journal, JournalError, Runner};
    /// # async fn example(runner: Runner) -> Result<(), JournalError> {
    /// let (run, mut results) = runner.run_streaming();
    /// let print = async {
    ///     while let Some(recorded) = results.next().await {
    ///         println!("{}", recorded.message());
    ///     }
    /// };
    /// let (summary, ()) = tokio::join!(run, print);
    /// println!("{}", summary?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run_streaming(self) -> (impl Future<Output = Result<Summary, JournalError>> + Send, Results) {
        let (sender, results) = results::channel();
        let observer = move |event| {
            let sender = sender.clone();
            async move {
                if let RunEvent::Recorded(recorded) = event {
                    // The reader may have gone.
                    let _ = sender.send(recorded).await;
                }
            }
        };
        (self.run_with(observer), results)
    }
}
