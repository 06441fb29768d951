//! Building, reading and deciding, without a network: the time by criterion, the allocations counted.

use std::error::Error;
use std::fs;

use serde_json::Value;

use super::programs::{Programs, number};
use super::rounds::Rounds;
use crate::shell::{read, scratch};

/// What is measured, and for which ways of doing it.
pub(crate) const SUBJECTS: [(&str, &[&str]); 4] = [
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
    pub(crate) fn measure(programs: &Programs, quick: bool) -> Result<Self, Box<dyn Error>> {
        let counted = read(&mut programs.call("allocations")?)?;
        let counted: Value = serde_json::from_str(&counted)?;
        let mut ways = Vec::new();
        for (subject, names) in SUBJECTS {
            for &way in names {
                let allocations = counted.pointer(&format!("/{subject}/{way}"));
                ways.push(Way {
                    subject,
                    way,
                    nanoseconds: Rounds::default(),
                    allocations: allocations
                        .and_then(Value::as_u64)
                        .ok_or("an allocation count is missing")?,
                });
            }
        }
        let (rounds, seconds) = if quick { (3, "0.3") } else { (7, "1") };
        let results = scratch("bench-in-memory")?;
        for round in 1..=rounds {
            println!("   in memory, round {round} of {rounds}");
            let mut command = programs.call("micro")?;
            command.args(["--warm-up-time", "0.2", "--measurement-time", seconds]);
            command.args(["--sample-size", "30", "--quiet"]);
            read(command.env("CRITERION_HOME", &results))?;
            for way in &mut ways {
                let file = results.join(format!("{}/{}/new/estimates.json", way.subject, way.way));
                let estimates: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
                way.nanoseconds
                    .push(number(&estimates, "/median/point_estimate")?);
            }
        }
        Ok(Self(ways))
    }

    fn way(&self, subject: &str, way: &str) -> Option<&Way> {
        self.0
            .iter()
            .find(|one| one.subject == subject && one.way == way)
    }

    /// Core's time, as a multiple of the floor's.
    pub(crate) fn core_over_floor(&self, subject: &str) -> f64 {
        match (self.way(subject, "core"), self.way(subject, "floor")) {
            (Some(core), Some(floor)) => core.nanoseconds.over(&floor.nanoseconds).median(),
            _ => f64::NAN,
        }
    }

    pub(crate) fn allocations_of_core(&self, subject: &str) -> u64 {
        self.way(subject, "core").map_or(0, |way| way.allocations)
    }
}
