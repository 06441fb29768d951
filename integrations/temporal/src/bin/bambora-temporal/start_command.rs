//! `bambora-temporal start`: a list of payments into the engine.

use std::error::Error;
use std::future::ready;
use std::time::Duration;

use bambora_batch::Order;
use bambora_core::CancelFlow;
use bambora_core::posting::PostingFlow;
use bambora_temporal::{NoOutcome, Payments, Running, Standing};
use futures::stream::{self, StreamExt as _};
use tokio::time::{Instant, sleep};

use crate::arguments;
use crate::list;
use crate::report_command::Counts;

/// How many requests to the engine are under way at the same time.
const AT_ONCE: usize = 32;
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: arguments::Start, payments: &Payments) -> Result<bool, Box<dyn Error>> {
    let orders = list::read(&arguments)?;
    let started = start_all(payments, &orders).await?;
    let is_as_asked = started.len() == orders.len();
    if arguments.no_wait {
        return Ok(is_as_asked);
    }
    let standings = follow(&started).await?;
    Ok(report(&started, &standings) && is_as_asked)
}

/// The workflow of an order.
enum Workflow {
    Cancel(Running<CancelFlow>),
    Posting(Running<PostingFlow>),
}

impl Workflow {
    async fn start(payments: &Payments, order: &Order) -> Result<Self, Box<dyn Error>> {
        match order {
            Order::Cancel(reference) => Ok(Self::Cancel(payments.cancel(reference).await?)),
            Order::Posting(order) => Ok(Self::Posting(payments.post(order).await?)),
            other => Err(format!("this version cannot start a {}", other.operation()).into()),
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Cancel(running) => running.id(),
            Self::Posting(running) => running.id(),
        }
    }

    fn is_new(&self) -> bool {
        match self {
            Self::Cancel(running) => running.is_new(),
            Self::Posting(running) => running.is_new(),
        }
    }

    async fn standing(&self) -> Result<Standing, NoOutcome> {
        match self {
            Self::Cancel(running) => running.standing().await,
            Self::Posting(running) => running.standing().await,
        }
    }
}

/// Starts the orders, and returns their workflows without those whose key stands for another amount: these are told.
async fn start_all(payments: &Payments, orders: &[Order]) -> Result<Vec<Workflow>, Box<dyn Error>> {
    let mut starting = stream::iter(orders).map(|order| start(payments, order)).buffered(AT_ONCE);
    let (mut started, mut handed_over, mut told) = (Vec::new(), 0, Instant::now());
    while let Some(workflow) = starting.next().await {
        let workflow = workflow.map_err(|error| format!("not all were started, start the list again: {error}"))?;
        started.extend(workflow);
        handed_over += 1;
        if told.elapsed() >= PROGRESS_EVERY {
            eprintln!("bambora-temporal: {handed_over} of {} handed over", orders.len());
            told = Instant::now();
        }
    }
    let new = started.iter().filter(|workflow| workflow.is_new()).count();
    let (existed, other) = (started.len() - new, orders.len() - started.len());
    let other = if other > 0 { format!(", {other} with another amount") } else { String::new() };
    eprintln!("bambora-temporal: {new} started, {existed} existed already{other}");
    Ok(started)
}

async fn start(payments: &Payments, order: &Order) -> Result<Option<Workflow>, Box<dyn Error>> {
    let workflow = Workflow::start(payments, order).await?;
    if workflow.is_new() || matches!(order, Order::Cancel(_)) {
        return Ok(Some(workflow));
    }
    match workflow.standing().await {
        Ok(_) => Ok(Some(workflow)),
        Err(error @ NoOutcome::OtherAmount) => {
            eprintln!("bambora-temporal: {}: {error}", order);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Tells the progress until each payment of the list has an outcome, or waits for a person.
async fn follow(list: &[Workflow]) -> Result<Vec<Standing>, Box<dyn Error>> {
    let mut standings = vec![Standing::Working; list.len()];
    loop {
        let began = Instant::now();
        let mut looks = stream::iter(list.iter().zip(&mut standings))
            .filter(|(_, standing)| ready(**standing == Standing::Working))
            .map(|(workflow, standing)| async { workflow.standing().await.map(|now| *standing = now) })
            .buffer_unordered(AT_ONCE);
        while let Some(looked) = looks.next().await {
            looked?;
        }
        drop(looks);
        if !standings.contains(&Standing::Working) {
            return Ok(standings);
        }
        eprintln!("bambora-temporal: {}", Counts::of(&standings));
        // The engine is asked for a fifth of the time at most: it has the payments to work on.
        sleep(PROGRESS_EVERY.max(began.elapsed() * 4)).await;
    }
}

/// Prints the report of the list. `false` if something of it was not done.
fn report(list: &[Workflow], standings: &[Standing]) -> bool {
    println!("{}", Counts::of(standings));
    let mut is_done = true;
    for undone in [Standing::Refused, Standing::Paused, Standing::Stuck, Standing::Closed] {
        for (workflow, _) in list.iter().zip(standings).filter(|(_, standing)| **standing == undone) {
            println!("{}\t{}", undone.as_str(), workflow.id());
            is_done = false;
        }
    }
    is_done
}
