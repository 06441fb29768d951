//! `bambora-temporal start`: a list of cancels into the engine.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use bambora_batch::{Format, References};
use bambora_core::PaymentReference;
use bambora_temporal::{Payments, Standing};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::arguments;
use crate::report_command::{self, Counts};

/// How many starts are under way at the same time.
const AT_ONCE: usize = 32;
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: arguments::Start, payments: &Payments) -> Result<bool, Box<dyn Error>> {
    let references = read(&arguments)?;
    let begun = start_all(payments, &references).await?;
    let already = references.len() - begun;
    eprintln!("bambora-temporal: {begun} started, {already} existed already");
    if arguments.no_wait {
        return Ok(true);
    }
    follow(payments).await?;
    report_command::run(payments).await
}

/// Reads the whole list before anything is started: a list with an invalid line starts nothing.
fn read(arguments: &arguments::Start) -> Result<Vec<PaymentReference>, Box<dyn Error>> {
    let mut format = match &arguments.csv {
        Some(column) => Format::csv(column.as_str()),
        None => Format::Lines,
    };
    if let Some(delimiter) = arguments.delimiter {
        let byte = u8::try_from(delimiter).map_err(|_| "the delimiter is not a character of ASCII")?;
        format = format.delimiter(byte);
    }
    let source: Box<dyn Read> = match arguments.list == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => {
            let opened = File::open(&arguments.list);
            Box::new(opened.map_err(|error| format!("cannot open {}: {error}", arguments.list.display()))?)
        }
    };
    let (mut references, mut seen) = (Vec::new(), HashSet::new());
    for entry in References::new(source, &format)? {
        let entry = entry?;
        let reference = entry.reference.map_err(|error| format!("line {}: {error}", entry.line))?;
        if seen.insert(reference.clone()) {
            references.push(reference);
        }
    }
    Ok(references)
}

/// Returns how many workflows are new.
async fn start_all(payments: &Payments, references: &[PaymentReference]) -> Result<usize, Box<dyn Error>> {
    let (mut starting, mut begun, mut told) = (JoinSet::new(), 0, Instant::now());
    for (done, reference) in references.iter().enumerate() {
        if starting.len() >= AT_ONCE {
            begun += finish_one(&mut starting).await?;
        }
        let (payments, reference) = (payments.clone(), reference.clone());
        starting.spawn(async move { payments.cancel(&reference).await.map(|running| running.is_new()) });
        if told.elapsed() >= PROGRESS_EVERY {
            eprintln!("bambora-temporal: {done} of {} handed over", references.len());
            told = Instant::now();
        }
    }
    while !starting.is_empty() {
        begun += finish_one(&mut starting).await?;
    }
    Ok(begun)
}

type Starting = JoinSet<Result<bool, temporalio_client::errors::WorkflowStartError>>;

async fn finish_one(starting: &mut Starting) -> Result<usize, Box<dyn Error>> {
    match starting.join_next().await {
        Some(started) => {
            let started = started?.map_err(|error| format!("not all were started, start the list again: {error}"))?;
            Ok(usize::from(started))
        }
        None => Ok(0),
    }
}

/// Tells the progress until no payment of the queue is worked on any more.
async fn follow(payments: &Payments) -> Result<(), Box<dyn Error>> {
    loop {
        let counts = Counts::of(payments).await?;
        if counts.of_standing(Standing::Working) == 0 {
            return Ok(());
        }
        eprintln!("bambora-temporal: {counts}");
        sleep(PROGRESS_EVERY).await;
    }
}
