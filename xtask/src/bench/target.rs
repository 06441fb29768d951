//! The numbers to reach, and whether they are.

use std::error::Error;

use super::in_memory::InMemory;
use super::loopback::{Loopback, Setting};
use super::weight::{Program, crates_of};
use crate::dependencies::TREES;

/// One number to reach.
pub(crate) struct Target {
    pub(crate) what: String,
    bound: Bound,
    digits: usize,
    /// `None` where this run does not measure it.
    measured: Option<f64>,
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn at_least(what: impl Into<String>, bound: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            bound: Bound::AtLeast(bound),
            digits: 2,
            measured: Some(measured),
        }
    }

    fn at_most(what: impl Into<String>, bound: f64, measured: f64) -> Self {
        Self {
            bound: Bound::AtMost(bound),
            ..Self::at_least(what, bound, measured)
        }
    }

    fn count(what: impl Into<String>, bound: usize, measured: usize) -> Self {
        Self {
            digits: 0,
            ..Self::at_most(what, bound as f64, measured as f64)
        }
    }

    pub(crate) fn bound(&self) -> String {
        let digits = self.digits;
        match self.bound {
            Bound::AtLeast(bound) => format!("at least {bound:.digits$}"),
            Bound::AtMost(bound) => format!("at most {bound:.digits$}"),
        }
    }

    pub(crate) fn measured(&self) -> String {
        let digits = self.digits;
        match self.measured {
            Some(measured) => format!("{measured:.digits$}"),
            None => "–".to_owned(),
        }
    }

    pub(crate) fn verdict(&self) -> &'static str {
        let met = self.measured.map(|measured| match self.bound {
            Bound::AtLeast(bound) => measured >= bound,
            Bound::AtMost(bound) => measured <= bound,
        });
        match met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not measured: the whole run does",
        }
    }
}

/// All of them, in the order of the documentation.
pub(crate) fn all(
    in_memory: &InMemory,
    loopback: &Loopback,
    weight: Option<&[Program]>,
) -> Result<Vec<Target>, Box<dyn Error>> {
    let mut targets = of_memory(in_memory);
    targets.extend(of_loopback(loopback));
    for (package, most) in TREES {
        let what = format!("crates in the tree of {package}, itself included");
        targets.push(Target::count(what, most, crates_of(package)?));
    }
    let build =
        "cold release build of the async client, over reqwest's with its default features and json";
    let mut target = Target::at_most(build, 0.5, f64::NAN);
    target.measured = weight.map(|programs| {
        let seconds = |name| programs.iter().find(|program| program.name == name);
        match (seconds("hyper"), seconds("reqwest")) {
            (Some(hyper), Some(reqwest)) => hyper.build_seconds / reqwest.build_seconds,
            _ => f64::NAN,
        }
    });
    targets.push(target);
    Ok(targets)
}

fn of_memory(in_memory: &InMemory) -> Vec<Target> {
    let allocations = |subject| usize::try_from(in_memory.allocations_of_core(subject));
    let count = |subject| allocations(subject).unwrap_or(usize::MAX);
    vec![
        Target::count("allocations of a cancel request", 4, count("request")),
        Target::at_most(
            "time of a cancel request, over the floor's",
            1.15,
            in_memory.core_over_floor("request"),
        ),
        Target::at_most(
            "time of reading a payment, over a plain serde struct's",
            1.25,
            in_memory.core_over_floor("payment"),
        ),
        Target::count(
            "allocations of reading a payment that has 5 texts",
            5,
            count("payment"),
        ),
    ]
}

fn of_loopback(loopback: &Loopback) -> Vec<Target> {
    let plain = |reuse, in_flight| Setting {
        tls: false,
        reuse,
        in_flight,
    };
    let ratio = |row, other, setting| loopback.ratio(row, other, setting).median();
    let mut targets = Vec::new();
    for setting in super::loopback::settings(false) {
        targets.push(Target::at_least(
            format!("throughput of bambora-hyper over hyper-util's: {setting}"),
            0.95,
            ratio("bambora-hyper", "hyper-util", setting),
        ));
    }
    let busy = plain(true, 32);
    targets.extend([
        Target::at_least(
            format!("throughput of bambora-hyper over reqwest's: {busy}"),
            1.4,
            ratio("bambora-hyper", "reqwest", busy),
        ),
        Target::at_most(
            format!("cost of bambora-hyper over the raw ping-pong's: {busy}"),
            1.8,
            ratio("raw", "bambora-hyper", busy),
        ),
        Target::at_least(
            format!(
                "throughput of bambora-blocking over ureq's: {}",
                plain(true, 1)
            ),
            0.95,
            ratio("bambora-blocking", "ureq", plain(true, 1)),
        ),
        Target::at_least(
            format!("throughput of bambora-blocking over ureq's: {busy}"),
            4.0,
            ratio("bambora-blocking", "ureq", busy),
        ),
    ]);
    for (client, ratio) in &loopback.flow_over_exchange {
        let what = format!("time of a flow without faults over a single exchange's, {client}");
        targets.push(Target::at_most(what, 1.03, ratio.median()));
    }
    targets
}
