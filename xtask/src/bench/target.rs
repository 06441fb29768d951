//! The targets, and whether they are met.

use anyhow::Result;
use xshell::Shell;

use super::batch::Batch;
use super::in_memory::InMemory;
use super::loopback::{Loopback, settings};
use super::weight::{Program, tree_size};
use crate::table::Cells;

/// The largest trees of the published libraries: how many crates they may have, themselves included.
const TREES: [(&str, f64); 3] = [("bambora-core", 20.0), ("bambora-blocking", 38.0), ("bambora-hyper", 54.0)];

enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// At most, and in whole numbers.
    Count(f64),
}
use Bound::{AtLeast, AtMost, Count};

/// Lays out a target: what it is, its bound, the measured number if this run measures it, and whether it is met.
fn target(what: String, bound: &Bound, measured: Option<f64>) -> Cells<'static> {
    let number = measured.unwrap_or(f64::NAN);
    let (word, bound, digits, met) = match *bound {
        AtLeast(bound) => ("at least", bound, 2, number >= bound),
        AtMost(bound) => ("at most", bound, 2, number <= bound),
        Count(bound) => ("at most", bound, 0, number <= bound),
    };
    let (shown, verdict) = match (measured, met) {
        (None, _) => ("–".to_owned(), "not measured: the whole run does"),
        (_, true) => (format!("{number:.digits$}"), "met"),
        (_, false) => (format!("{number:.digits$}"), "not met"),
    };
    vec![
        ("number", what),
        ("to reach", format!("{word} {bound:.digits$}")),
        ("measured", shown),
        ("", verdict.to_owned()),
    ]
}

/// Returns all targets in the order of the documentation.
pub(crate) fn all(
    shell: &Shell,
    in_memory: &InMemory,
    loopback: &Loopback,
    batch: &Batch,
    weight: Option<&[Program]>,
) -> Result<Vec<Cells<'static>>> {
    let mut targets = in_memory_targets(in_memory);
    targets.extend(loopback_targets(loopback));
    targets.extend(batch_targets(batch)?);
    for (package, most) in TREES {
        let what = format!("crates in the tree of {package}, itself included");
        let crates = tree_size(shell, &["--package", package])?;
        targets.push(target(what, &Count(most), Some(crates as f64)));
    }
    let what = "cold release build of the async client, over reqwest's with its default features and json";
    let ratio = weight.map(|programs| {
        let seconds = |name| {
            programs
                .iter()
                .filter(move |program| program.name == name)
                .map(|program| program.build_seconds)
                .sum::<f64>()
        };
        seconds("hyper") / seconds("reqwest")
    });
    targets.push(target(what.to_owned(), &AtMost(0.5), ratio));
    Ok(targets)
}

fn in_memory_targets(in_memory: &InMemory) -> Vec<Cells<'static>> {
    let count = |most, subject, what| {
        let allocations = in_memory.allocations_of_core(subject) as f64;
        target(format!("allocations of {what}"), &Count(most), Some(allocations))
    };
    let time = |most, subject, what| {
        let ratio = in_memory.core_over_floor(subject);
        target(format!("time of {what}"), &AtMost(most), Some(ratio))
    };
    vec![
        count(4.0, "request", "a cancel request"),
        time(1.15, "request", "a cancel request, over the floor's"),
        time(1.25, "payment", "reading a payment, over a plain serde struct's"),
        count(5.0, "payment", "reading a payment that has 5 texts"),
    ]
}

fn loopback_targets(loopback: &Loopback) -> Vec<Cells<'static>> {
    let [idle, busy, ..] = settings(false);
    let throughput = |row, other, setting, least| {
        let what = format!("throughput of {row} over {other}'s: {setting}");
        target(what, &AtLeast(least), Some(loopback.ratio(row, other, setting)))
    };
    let cost = format!("cost of bambora-hyper over the raw ping-pong's: {busy}");
    let hyper = settings(false).map(|setting| throughput("bambora-hyper", "hyper-util", setting, 0.95));
    let mut targets = Vec::from(hyper);
    targets.extend([
        throughput("bambora-hyper", "reqwest", busy, 1.4),
        target(cost, &AtMost(1.8), Some(loopback.ratio("raw", "bambora-hyper", busy))),
        throughput("bambora-blocking", "ureq", idle, 0.95),
        throughput("bambora-blocking", "ureq", busy, 4.0),
    ]);
    targets.extend(loopback.flow_over_exchange.iter().map(|(client, ratio)| {
        let what = format!("time of a flow without faults over a single exchange's, {client}");
        target(what, &AtMost(1.03), Some(ratio.median()))
    }));
    targets
}

fn batch_targets(batch: &Batch) -> Result<Vec<Cells<'static>>> {
    let payments = batch.payments;
    let rate = format!("rate of {payments} cancels with a journal, 64 in flight, over the same client's without one");
    let memory = format!("peak memory of {payments} cancels over that of 10000");
    Ok(vec![
        target(rate, &AtLeast(0.7), Some(batch.rate_over_bare()?)),
        target(memory, &AtMost(1.2), Some(batch.memory_over_short()?)),
        target(format!("peak memory of {payments} cancels, MiB"), &AtMost(64.0), Some(batch.peak_mib()?)),
        target(
            "time for each of 100000 cancels over each of 10000".to_owned(),
            &AtMost(1.1),
            Some(batch.time_over_short()?),
        ),
        target("import of 1000000 lines, s".to_owned(), &AtMost(5.0), Some(batch.import_seconds()?)),
        target(
            "first request of a journal of 1000000 with 999000 done, s".to_owned(),
            &AtMost(1.0),
            Some(batch.resume_seconds()?),
        ),
    ])
}
