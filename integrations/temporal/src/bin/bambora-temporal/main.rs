//! `bambora-temporal`: a worker for durable payments on Temporal, and the commands that go with it.

mod arguments;
mod environment;
mod list;
mod report_command;
mod start_command;
mod worker_command;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command, Posting, SettingsArguments};
use bambora_core::Amount;
use bambora_core::posting::{PostingKey, PostingKind, PostingOrder, PostingOutcome};
use bambora_temporal::{Budget, Payments, Settings, Standing};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        // As with the `bambora` command: some payment was not dealt with as asked.
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("bambora-temporal: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool, Box<dyn Error>> {
    let queue = arguments.task_queue;
    match arguments.command {
        Command::Worker(worker) => worker_command::run(worker, queue).await.map(|()| true),
        Command::Start(start) => {
            let payments = payments(queue).await?.with_settings(settings(&start.settings))?;
            start_command::run(start, &payments).await
        }
        Command::Capture(posting) => post(queue, posting, PostingKind::Capture).await,
        Command::Refund(posting) => post(queue, posting, PostingKind::Refund).await,
        Command::Report => report_command::run(&payments(queue).await?).await,
        Command::CredentialsRotated => credentials_rotated(&payments(queue).await?).await,
        Command::TakeUp(which) => take_up(&payments(queue).await?, which).await,
    }
}

async fn payments(queue: Option<String>) -> Result<Payments, Box<dyn Error>> {
    let merchant = environment::merchant()?;
    let payments = Payments::new(environment::connect().await?, merchant);
    Ok(match queue {
        Some(queue) => payments.on_task_queue(queue),
        None => payments,
    })
}

fn settings(arguments: &SettingsArguments) -> Settings {
    let first_wait = Budget::default().first_wait.min(arguments.longest_wait);
    Settings {
        budget: Budget { days: arguments.days, longest_wait: arguments.longest_wait, first_wait, ..Budget::default() },
        exchange_timeout: arguments.exchange_timeout,
    }
}

async fn post(queue: Option<String>, posting: Posting, kind: PostingKind) -> Result<bool, Box<dyn Error>> {
    let payments = payments(queue).await?.with_settings(settings(&posting.settings))?;
    let amount = Amount::from_minor_units(posting.amount)?;
    let order = PostingOrder::new(kind, posting.reference.parse()?, amount, PostingKey::new(posting.key)?);
    let outcome = payments.post(&order).await?.outcome().await?;
    println!("{outcome}");
    Ok(matches!(outcome, PostingOutcome::Posted(_)))
}

async fn credentials_rotated(payments: &Payments) -> Result<bool, Box<dyn Error>> {
    let paused = payments.list(Standing::Paused, usize::MAX).await?;
    for id in &paused {
        payments.credentials_rotated(id).await?;
    }
    println!("{} payments go on", paused.len());
    Ok(true)
}

async fn take_up(payments: &Payments, which: arguments::TakeUp) -> Result<bool, Box<dyn Error>> {
    let ids = if which.all { payments.list(Standing::Stuck, usize::MAX).await? } else { which.ids };
    for id in &ids {
        payments.take_up(id).await?;
    }
    println!("{} payments go on", ids.len());
    Ok(true)
}
