//! The targets, and whether they are met.

use anyhow::Result;
use xshell::Shell;

use super::in_memory::InMemory;
use super::loopback::{Loopback, Setting, settings};
use super::weight::{Program, tree_size};

/// The largest trees of the published libraries: how many crates they may have, themselves included.
const TREES: [(&str, u32); 3] = [
    ("bambora-core", 20),
    ("bambora-blocking", 38),
    ("bambora-hyper", 54),
];

pub(crate) struct Target {
    what: String,
    bound: Bound,
    /// `None` if this run does not measure it.
    measured: Option<f64>,
}

enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// At most, and in whole numbers.
    Count(u32),
}
use Bound::{AtLeast, AtMost, Count};

impl Target {
    fn new(what: impl Into<String>, bound: Bound, measured: impl Into<Option<f64>>) -> Self {
        Self {
            what: what.into(),
            bound,
            measured: measured.into(),
        }
    }

    /// Returns the target, its bound, the measured number, and whether it is met.
    pub(crate) fn cells(&self) -> Vec<String> {
        let (bound, digits) = match self.bound {
            AtLeast(bound) => (format!("at least {bound:.2}"), 2),
            AtMost(bound) => (format!("at most {bound:.2}"), 2),
            Count(bound) => (format!("at most {bound}"), 0),
        };
        let met = self.measured.map(|measured| match self.bound {
            AtLeast(bound) => measured >= bound,
            AtMost(bound) => measured <= bound,
            Count(bound) => measured <= bound.into(),
        });
        let verdict = match met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "measured only without --quick",
        };
        let measured = self
            .measured
            .map_or("–".to_owned(), |measured| format!("{measured:.digits$}"));
        vec![self.what.clone(), bound, measured, verdict.to_owned()]
    }
}

/// Returns all targets in the order of the documentation.
pub(crate) fn all(
    shell: &Shell,
    in_memory: &InMemory,
    loopback: &Loopback,
    weight: Option<&[Program]>,
) -> Result<Vec<Target>> {
    let mut targets = in_memory_targets(in_memory);
    targets.extend(loopback_targets(loopback));
    for (package, most) in TREES {
        let what = format!("crates in the tree of {package}, itself included");
        let crates = tree_size(shell, &["--package", package])?;
        targets.push(Target::new(what, Count(most), crates as f64));
    }
    let ratio = weight.map(|programs| {
        let seconds = |name| {
            programs
                .iter()
                .find(|program| program.name == name)
                .map(|program| program.build_seconds)
        };
        seconds("hyper")
            .zip(seconds("reqwest"))
            .map_or(f64::NAN, |(hyper, reqwest)| hyper / reqwest)
    });
    let what =
        "cold release build of the async client, over reqwest's with its default features and json";
    targets.push(Target::new(what, AtMost(0.5), ratio));
    Ok(targets)
}

fn in_memory_targets(in_memory: &InMemory) -> Vec<Target> {
    let allocations = |subject| in_memory.allocations_of_core(subject) as f64;
    let time = |subject| in_memory.core_over_floor(subject);
    vec![
        Target::new(
            "allocations of a cancel request",
            Count(4),
            allocations("request"),
        ),
        Target::new(
            "time of a cancel request, over the floor's",
            AtMost(1.15),
            time("request"),
        ),
        Target::new(
            "time of reading a payment, over a plain serde struct's",
            AtMost(1.25),
            time("payment"),
        ),
        Target::new(
            "allocations of reading a payment that has 5 texts",
            Count(5),
            allocations("payment"),
        ),
    ]
}

fn loopback_targets(loopback: &Loopback) -> Vec<Target> {
    let idle = Setting {
        tls: false,
        reuse: true,
        in_flight: 1,
    };
    let busy = Setting {
        in_flight: 32,
        ..idle
    };
    let throughput = |row, other, setting, bound| {
        let what = format!("throughput of {row} over {other}'s: {setting}");
        Target::new(what, AtLeast(bound), loopback.ratio(row, other, setting))
    };
    let hyper =
        settings(false).map(|setting| throughput("bambora-hyper", "hyper-util", setting, 0.95));
    let mut targets = Vec::from(hyper);
    targets.extend([
        throughput("bambora-hyper", "reqwest", busy, 1.4),
        Target::new(
            format!("cost of bambora-hyper over the raw ping-pong's: {busy}"),
            AtMost(1.8),
            loopback.ratio("raw", "bambora-hyper", busy),
        ),
        throughput("bambora-blocking", "ureq", idle, 0.95),
        throughput("bambora-blocking", "ureq", busy, 4.0),
    ]);
    targets.extend(loopback.flow_over_exchange.iter().map(|(client, ratio)| {
        let what = format!("time of a flow without faults over a single exchange's, {client}");
        Target::new(what, AtMost(1.03), ratio.median())
    }));
    targets
}
