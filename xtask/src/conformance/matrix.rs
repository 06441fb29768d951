//! The results of all transports: a column for each transport, a row for each case.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The result of one case with one transport, as the suite reports it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) transport: String,
    pub(crate) case: String,
    pub(crate) outcome: Outcome,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    pub(crate) milliseconds: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Pass,
    Fail,
    #[serde(rename(serialize = "known failure"))]
    KnownFailure,
    #[serde(rename(serialize = "opted out"))]
    OptedOut,
}

impl Row {
    /// Returns the outcome's name, and why it came about.
    pub(crate) fn explanation(&self) -> String {
        let mut parts = vec![self.outcome.name(), &self.reason, &self.message];
        parts.retain(|part| !part.is_empty());
        parts.join(": ")
    }

    fn cell(&self) -> String {
        match self.outcome {
            Outcome::OptedOut => self.outcome.sign().to_owned(),
            _ => format!("{} {}", self.outcome.sign(), self.milliseconds),
        }
    }
}

impl Outcome {
    fn name(self) -> &'static str {
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

pub(crate) struct Matrix {
    /// This project's transports come first.
    pub(crate) transports: Vec<String>,
    pub(crate) cases: BTreeSet<String>,
    pub(crate) rows: Vec<Row>,
}

impl Matrix {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let mut transports = Vec::new();
        for row in &rows {
            if !transports.contains(&row.transport) {
                transports.push(row.transport.clone());
            }
        }
        transports.sort_by_key(|name| !name.starts_with("bambora"));
        let cases = rows.iter().map(|row| row.case.clone()).collect();
        Self {
            transports,
            cases,
            rows,
        }
    }

    pub(crate) fn at(&self, transport: &str, case: &str) -> Option<&Row> {
        self.of(transport).find(|row| row.case == case)
    }

    pub(crate) fn of(&self, transport: &str) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(move |row| row.transport == transport)
    }

    fn count(&self, transport: &str, outcome: Outcome) -> usize {
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

    /// Returns the matrix for a terminal. A cell shows the outcome and the milliseconds that the case took.
    pub(crate) fn text(&self) -> String {
        let width = self.cases.iter().map(String::len).max().unwrap_or_default();
        let mut text = String::new();
        let mut numbers = String::new();
        for (number, transport) in self.transports.iter().enumerate() {
            text += &format!("{:width$}  {number}: {transport}\n", "");
            numbers += &format!(" {number:<9}");
        }
        text += &format!("{:width$}{numbers}\n", "");
        for case in &self.cases {
            let _ = write!(text, "{case:width$}");
            for transport in &self.transports {
                let cell = self.at(transport, case).map_or(String::new(), Row::cell);
                let _ = write!(text, " {cell:<9}");
            }
            text.push('\n');
        }
        let summaries = self
            .transports
            .iter()
            .map(|transport| self.summary(transport));
        for line in summaries.chain(self.reasons()) {
            text += &(line + "\n");
        }
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

    /// Returns the reason for each known failure and each opt-out, once for each group of cases.
    fn reasons(&self) -> BTreeSet<String> {
        let rows = self.rows.iter().filter(|row| !row.reason.is_empty());
        rows.map(|row| {
            let group = row.case.split('/').next().unwrap_or_default();
            let outcome = row.outcome.name();
            format!("{}, {group}: {outcome} ({})", row.transport, row.reason)
        })
        .collect()
    }

    /// Returns the known failures of each transport, for the documentation.
    pub(crate) fn markdown(&self) -> String {
        let mut text =
            String::from("| stack | passed | fails | what that means |\n|---|---|---|---|\n");
        for transport in &self.transports {
            let passed = self.count(transport, Outcome::Pass);
            let ran = self.of(transport).count() - self.count(transport, Outcome::OptedOut);
            let known = self
                .of(transport)
                .filter(|row| row.outcome == Outcome::KnownFailure);
            let mut failures: Vec<_> = known
                .map(|row| format!("`{}` | {}", row.case, row.reason))
                .collect();
            failures.sort();
            if failures.is_empty() {
                failures.push("nothing |".to_owned());
            }
            for failure in failures {
                text += &format!("| {transport} | {passed} of {ran} | {failure} |\n");
            }
        }
        text
    }
}
