//! Transports across, cases down.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

/// What came of one case with one transport.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) transport: String,
    pub(crate) case: String,
    pub(crate) outcome: Outcome,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) milliseconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    Fail,
    KnownFailure,
    OptedOut,
}

impl Row {
    fn cell(&self) -> String {
        match self.outcome {
            Outcome::OptedOut => self.outcome.sign().to_owned(),
            _ => format!("{} {}", self.outcome.sign(), self.milliseconds),
        }
    }
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::KnownFailure => "known failure",
            Self::OptedOut => "opted out",
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Fail => "✗",
            Self::KnownFailure => "(✗)",
            Self::OptedOut => "–",
        }
    }
}

/// All results.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub(crate) transports: Vec<String>,
    pub(crate) cases: Vec<String>,
    rows: Vec<Row>,
}

impl Matrix {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let mut transports = Vec::new();
        for row in &rows {
            if !transports.contains(&row.transport) {
                transports.push(row.transport.clone());
            }
        }
        let cases: BTreeSet<_> = rows.iter().map(|row| row.case.clone()).collect();
        transports.sort_by_key(|name| !name.starts_with("bambora"));
        Self {
            transports,
            cases: cases.into_iter().collect(),
            rows,
        }
    }

    pub(crate) fn at(&self, transport: &str, case: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.transport == transport && row.case == case)
    }

    pub(crate) fn of<'a>(&'a self, transport: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows
            .iter()
            .filter(move |row| row.transport == transport)
    }

    pub(crate) fn count(&self, transport: &str, outcome: Outcome) -> usize {
        self.of(transport)
            .filter(|row| row.outcome == outcome)
            .count()
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        let failed = self.rows.iter().filter(|row| row.outcome == Outcome::Fail);
        failed
            .map(|row| format!("{}::{}: {}", row.transport, row.case, row.message))
            .collect()
    }

    /// For a terminal: a sign in each cell, and how many milliseconds the case took.
    pub(crate) fn text(&self) -> String {
        let width = self.cases.iter().map(String::len).max().unwrap_or_default();
        let mut text = String::new();
        for (number, transport) in self.transports.iter().enumerate() {
            let _ = writeln!(text, "{:width$}  {number}: {transport}", "");
        }
        let _ = write!(text, "{:width$}", "");
        for number in 0..self.transports.len() {
            let _ = write!(text, " {number:<9}");
        }
        text.push('\n');
        for case in &self.cases {
            let _ = write!(text, "{case:width$}");
            for transport in &self.transports {
                let cell = self.at(transport, case).map_or(String::new(), Row::cell);
                let _ = write!(text, " {cell:<9}");
            }
            text.push('\n');
        }
        for transport in &self.transports {
            let _ = writeln!(text, "{}", self.summary(transport));
        }
        self.reasons(&mut text);
        text
    }

    pub(crate) fn summary(&self, transport: &str) -> String {
        let count = |outcome| self.count(transport, outcome);
        let milliseconds: u64 = self.of(transport).map(|row| row.milliseconds).sum();
        format!(
            "{transport}: {} passed, {} failed, {} known failures, {} opted out, {:.1} s of work",
            count(Outcome::Pass),
            count(Outcome::Fail),
            count(Outcome::KnownFailure),
            count(Outcome::OptedOut),
            milliseconds as f64 / 1000.0
        )
    }

    fn reasons(&self, text: &mut String) {
        let mut said = BTreeSet::new();
        for row in self.rows.iter().filter(|row| !row.reason.is_empty()) {
            let group = row.case.split('/').next().unwrap_or(&row.case);
            said.insert(format!(
                "{}, {}: {} ({})",
                row.transport,
                group,
                row.outcome.name(),
                row.reason
            ));
        }
        for line in said {
            let _ = writeln!(text, "{line}");
        }
    }

    /// What each transport is known to fail, for the documentation.
    pub(crate) fn markdown(&self) -> String {
        let mut text =
            String::from("| stack | passed | fails | what that means |\n|---|---|---|---|\n");
        for transport in &self.transports {
            let passed = self.count(transport, Outcome::Pass);
            let ran = passed
                + self.count(transport, Outcome::KnownFailure)
                + self.count(transport, Outcome::Fail);
            let mut failures: Vec<_> = self
                .of(transport)
                .filter(|row| row.outcome == Outcome::KnownFailure)
                .collect();
            failures.sort_by(|one, other| one.case.cmp(&other.case));
            if failures.is_empty() {
                let _ = writeln!(text, "| {transport} | {passed} of {ran} | nothing | |");
            }
            for row in failures {
                let _ = writeln!(
                    text,
                    "| {transport} | {passed} of {ran} | `{}` | {} |",
                    row.case, row.reason
                );
            }
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "transport": row.transport, "case": row.case, "outcome": row.outcome.name(),
                    "reason": row.reason, "message": row.message, "milliseconds": row.milliseconds,
                })
            })
            .collect();
        format!("{:#}\n", json!(rows))
    }
}
