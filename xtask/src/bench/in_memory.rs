//! Building requests, reading responses and deciding, without a network: the time by criterion, the allocations counted.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::programs::{Programs, report};
use super::rounds::Rounds;
use crate::workspace::scratch;

/// What is measured, and for which ways of doing it.
const SUBJECTS: [(&str, &[&str]); 4] = [
    ("request", &["floor", "core", "naive"]),
    ("payment", &["floor", "core", "naive"]),
    ("problem", &["floor", "core", "naive"]),
    ("flow", &["floor", "core"]),
];

/// One way of doing one thing.
pub(crate) struct Way {
    pub(crate) subject: &'static str,
    pub(crate) way: &'static str,
    pub(crate) nanoseconds: Rounds,
    pub(crate) allocations: u64,
}

pub(crate) struct InMemory(pub(crate) Vec<Way>);

impl InMemory {
    pub(crate) fn measure(programs: &Programs, quick: bool) -> Result<Self> {
        let counted: HashMap<String, HashMap<String, u64>> = report(programs.call("allocations", &[])?)?;
        let mut ways = Vec::new();
        for (subject, way) in SUBJECTS.iter().flat_map(|(subject, ways)| ways.iter().map(move |way| (*subject, *way))) {
            let allocations = counted.get(subject).and_then(|ways| ways.get(way)).copied();
            ways.push(Way {
                subject,
                way,
                nanoseconds: Rounds::default(),
                allocations: allocations.context("an allocation count is missing")?,
            });
        }
        let (rounds, seconds) = if quick { (3, "0.3") } else { (7, "1") };
        let results = scratch(programs.shell(), "bench-in-memory")?;
        for round in 1..=rounds {
            println!("   in memory, round {round} of {rounds}");
            let times = ["--warm-up-time", "0.2", "--measurement-time", seconds];
            programs
                .call("micro", &times)?
                .args(["--sample-size", "30", "--quiet"])
                .env("CRITERION_HOME", &results)
                .read()?;
            for way in &mut ways {
                let file = results.join(format!("{}/{}/new/estimates.json", way.subject, way.way));
                let estimates: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
                let median = estimates.pointer("/median/point_estimate").and_then(Value::as_f64);
                way.nanoseconds.0.push(median.context("criterion reported no median")?);
            }
        }
        Ok(Self(ways))
    }

    fn way(&self, subject: &str, way: &str) -> Option<&Way> {
        self.0.iter().find(|one| one.subject == subject && one.way == way)
    }

    /// Returns core's time as a multiple of the floor's.
    pub(crate) fn core_over_floor(&self, subject: &str) -> f64 {
        match (self.way(subject, "core"), self.way(subject, "floor")) {
            (Some(core), Some(floor)) => core.nanoseconds.over(&floor.nanoseconds).median(),
            _ => f64::NAN,
        }
    }

    pub(crate) fn allocations_of_core(&self, subject: &str) -> u64 {
        self.way(subject, "core").map_or(u64::MAX, |way| way.allocations)
    }
}
