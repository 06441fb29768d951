//! The targets, and whether they are met.

use anyhow::Result;
use xshell::Shell;

use super::batch::{Batch, LONG, MIDDLE, SHORT};
use super::in_memory::InMemory;
use super::loopback::{Loopback, settings};
use super::weight::{Program, tree_size};
use crate::table::Cells;

/// The largest trees of the published libraries: how many crates they may have, themselves included.
const TREES: [(&str, u64); 3] = [("bambora-core", 20), ("bambora-blocking", 38), ("bambora-hyper", 54)];

/// Lays out a target: what it is, its bound, the measured number if this run measures it, and whether it is met.
fn target(what: String, bound: String, number: Option<String>, is_met: bool) -> Cells<'static> {
    let verdict = match (&number, is_met) {
        (None, _) => "not measured: the whole run does",
        (_, true) => "met",
        (_, false) => "not met",
    };
    let number = number.unwrap_or_else(|| "–".to_owned());
    vec![("number", what), ("to reach", bound), ("measured", number), ("", verdict.to_owned())]
}

fn at_least(least: f64, number: f64, what: String) -> Cells<'static> {
    target(what, format!("at least {least:.2}"), Some(format!("{number:.2}")), number >= least)
}

fn at_most(most: f64, number: f64, what: String) -> Cells<'static> {
    target(what, format!("at most {most:.2}"), Some(format!("{number:.2}")), number <= most)
}

fn count(most: u64, number: u64, what: String) -> Cells<'static> {
    target(what, format!("at most {most}"), Some(number.to_string()), number <= most)
}

/// Returns all targets in the order of the documentation.
pub(crate) fn all(
    shell: &Shell,
    in_memory: &InMemory,
    loopback: &Loopback,
    batch: &Batch,
    weight: Option<&[Program]>,
) -> Result<Vec<Cells<'static>>> {
    let mut targets = Vec::from(in_memory_targets(in_memory));
    targets.extend(loopback_targets(loopback));
    targets.extend(batch_targets(batch)?);
    for (package, most) in TREES {
        let what = format!("crates in the tree of {package}, itself included");
        targets.push(count(most, tree_size(shell, &["--package", package])? as u64, what));
    }
    let what = "cold release build of the async client, over reqwest's with its default features and json".to_owned();
    let seconds = |name| {
        let program = weight?.iter().find(|program| program.name == name);
        program.map(|program| program.build_seconds)
    };
    targets.push(match (seconds("hyper"), seconds("reqwest")) {
        (Some(hyper), Some(reqwest)) => at_most(0.5, hyper / reqwest, what),
        _ => target(what, "at most 0.50".to_owned(), None, false),
    });
    Ok(targets)
}

fn in_memory_targets(in_memory: &InMemory) -> [Cells<'static>; 4] {
    let allocations =
        |most, subject, what| count(most, in_memory.allocations_of_core(subject), format!("allocations of {what}"));
    let time = |most, subject, what| at_most(most, in_memory.core_over_floor(subject), format!("time of {what}"));
    [
        allocations(4, "request", "a cancel request"),
        time(1.15, "request", "a cancel request, over the floor's"),
        time(1.25, "payment", "reading a payment, over a plain serde struct's"),
        allocations(5, "payment", "reading a payment that has 5 texts"),
    ]
}

fn loopback_targets(loopback: &Loopback) -> Vec<Cells<'static>> {
    let [idle, busy, ..] = settings(false);
    let throughput = |row, other, setting, least| {
        let what = format!("throughput of {row} over {other}'s: {setting}");
        at_least(least, loopback.ratio(row, other, setting), what)
    };
    let cost = format!("cost of bambora-hyper over the raw ping-pong's: {busy}");
    let hyper = settings(false).map(|setting| throughput("bambora-hyper", "hyper-util", setting, 0.95));
    let mut targets = Vec::from(hyper);
    targets.extend([
        throughput("bambora-hyper", "reqwest", busy, 1.4),
        at_most(1.8, loopback.ratio("raw", "bambora-hyper", busy), cost),
        throughput("bambora-blocking", "ureq", idle, 0.95),
        throughput("bambora-blocking", "ureq", busy, 4.0),
    ]);
    targets.extend(loopback.flow_over_exchange.iter().map(|(client, ratio)| {
        let what = format!("time of a flow without faults over a single exchange's, {client}");
        at_most(1.03, ratio.median(), what)
    }));
    targets
}

fn batch_targets(batch: &Batch) -> Result<[Cells<'static>; 6]> {
    let payments = batch.payments;
    let run = |payments| batch.row("run", payments);
    let (bare, whole, middle, short) = (batch.row("bare", payments)?, run(payments)?, run(MIDDLE)?, run(SHORT)?);
    let (import, resume) = (batch.row("import", LONG)?, batch.row("resume", LONG)?);
    let rate = format!("rate of {payments} cancels with a journal, 64 in flight, over the same client's without one");
    let memory = format!("peak memory of {payments} cancels over that of {SHORT}");
    let slower = middle.seconds.over(&short.seconds).median() * SHORT as f64 / MIDDLE as f64;
    let done = LONG - LONG / 1_000;
    Ok([
        at_least(0.7, bare.seconds.over(&whole.seconds).median(), rate),
        at_most(1.2, whole.peak_mib.over(&short.peak_mib).median(), memory),
        at_most(64.0, whole.peak_mib.median(), format!("peak memory of {payments} cancels, MiB")),
        at_most(1.1, slower, format!("time for each of {MIDDLE} cancels over each of {SHORT}")),
        at_most(5.0, import.seconds.median(), format!("import of {LONG} lines, s")),
        at_most(1.0, resume.seconds.median(), format!("first request of a journal of {LONG} with {done} done, s")),
    ])
}
