//! `bambora-temporal start`: a list of payments into the engine.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use bambora_batch::{Format, InputError, Order, OrderEntry, PostingColumns, Postings, References};
use bambora_core::posting::PostingKind;
use bambora_temporal::{Payments, Standing};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::arguments::{self, Operation};
use crate::report_command::{self, Counts};

/// How many starts are under way at the same time.
const AT_ONCE: usize = 32;
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: arguments::Start, payments: &Payments) -> Result<bool, Box<dyn Error>> {
    let orders = read(&arguments)?;
    let begun = start_all(payments, &orders).await?;
    let already = orders.len() - begun;
    eprintln!("bambora-temporal: {begun} started, {already} existed already");
    if arguments.no_wait {
        return Ok(true);
    }
    follow(payments).await?;
    report_command::run(payments).await
}

/// Reads the whole list before anything is started: a list with an invalid line starts nothing.
fn read(arguments: &arguments::Start) -> Result<Vec<Order>, Box<dyn Error>> {
    let (mut orders, mut seen) = (Vec::new(), HashSet::new());
    for entry in entries(arguments)? {
        let entry = entry?;
        let order = entry.order.map_err(|error| format!("line {}: {error}", entry.line))?;
        if seen.insert(order.clone()) {
            orders.push(order);
        }
    }
    Ok(orders)
}

type Entries = Box<dyn Iterator<Item = Result<OrderEntry, InputError>>>;

fn entries(arguments: &arguments::Start) -> Result<Entries, Box<dyn Error>> {
    let source = source(&arguments.list)?;
    let kind = match arguments.operation {
        Operation::Cancel => {
            let format = match arguments.csv {
                true => Format::csv(&arguments.column).delimiter(arguments.delimiter),
                false => Format::Lines,
            };
            return Ok(Box::new(References::new(source, &format)?.map(|entry| entry.map(OrderEntry::from))));
        }
        Operation::Capture => PostingKind::Capture,
        Operation::Refund => PostingKind::Refund,
    };
    if !arguments.csv {
        let message = format!("a list of {kind}s has an amount and a key for each: write it as CSV, and add --csv");
        return Err(message.into());
    }
    let columns = PostingColumns::default()
        .reference(&arguments.column)
        .amount(&arguments.amount_column)
        .key(&arguments.key_column)
        .delimiter(arguments.delimiter);
    Ok(Box::new(Postings::new(source, kind, &columns)?))
}

fn source(list: &Path) -> Result<Box<dyn Read>, String> {
    if list == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    Ok(Box::new(opened))
}

/// Returns how many workflows are new.
async fn start_all(payments: &Payments, orders: &[Order]) -> Result<usize, Box<dyn Error>> {
    let (mut starting, mut begun, mut told) = (JoinSet::new(), 0, Instant::now());
    for (done, order) in orders.iter().enumerate() {
        if starting.len() >= AT_ONCE {
            begun += finish_one(&mut starting).await?;
        }
        let (payments, order) = (payments.clone(), order.clone());
        starting.spawn(async move { start(&payments, &order).await });
        if told.elapsed() >= PROGRESS_EVERY {
            eprintln!("bambora-temporal: {done} of {} handed over", orders.len());
            told = Instant::now();
        }
    }
    while !starting.is_empty() {
        begun += finish_one(&mut starting).await?;
    }
    Ok(begun)
}

/// Returns whether the workflow is new.
async fn start(payments: &Payments, order: &Order) -> Result<bool, String> {
    let started = match order {
        Order::Cancel(reference) => payments.cancel(reference).await.map(|running| running.is_new()),
        Order::Posting(order) => payments.post(order).await.map(|running| running.is_new()),
        other => return Err(format!("this version cannot start a {}", other.operation())),
    };
    started.map_err(|error| error.to_string())
}

type Starting = JoinSet<Result<bool, String>>;

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
