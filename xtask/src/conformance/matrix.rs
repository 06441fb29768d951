//! The results of all transports: a column for each transport, a row for each case.

use std::collections::BTreeSet;

use bambora_conformance::{CaseOutcome, CaseResult};

use crate::table::table;

/// Returns an outcome's name and its sign.
pub(crate) fn shown(outcome: CaseOutcome) -> (&'static str, &'static str) {
    match outcome {
        CaseOutcome::Pass => ("pass", "✓"),
        CaseOutcome::Fail => ("fail", "✗"),
        CaseOutcome::KnownFailure => ("known failure", "(✗)"),
        CaseOutcome::OptedOut => ("opted out", "–"),
    }
}

/// Returns the outcome's name, and why it came about.
pub(crate) fn explanation(result: &CaseResult) -> String {
    let mut parts = vec![shown(result.outcome).0, &result.reason, &result.message];
    parts.retain(|part| !part.is_empty());
    parts.join(": ")
}

fn cell(result: &CaseResult) -> String {
    let sign = shown(result.outcome).1;
    match result.outcome {
        CaseOutcome::OptedOut => sign.to_owned(),
        _ => format!("{sign} {}", result.milliseconds),
    }
}

pub(crate) struct Matrix {
    /// This project's transports come first.
    pub(crate) transports: Vec<String>,
    pub(crate) cases: BTreeSet<String>,
    pub(crate) rows: Vec<CaseResult>,
}

impl Matrix {
    pub(crate) fn new(rows: Vec<CaseResult>) -> Self {
        let mut transports = Vec::new();
        for row in &rows {
            if !transports.contains(&row.transport) {
                transports.push(row.transport.clone());
            }
        }
        transports.sort_by_key(|name| !name.starts_with("bambora"));
        let cases = rows.iter().map(|row| row.case.clone()).collect();
        Self { transports, cases, rows }
    }

    pub(crate) fn at(&self, transport: &str, case: &str) -> Option<&CaseResult> {
        self.of(transport).find(|row| row.case == case)
    }

    pub(crate) fn of(&self, transport: &str) -> impl Iterator<Item = &CaseResult> {
        self.rows.iter().filter(move |row| row.transport == transport)
    }

    fn count(&self, transport: &str, outcome: CaseOutcome) -> usize {
        self.of(transport).filter(|row| row.outcome == outcome).count()
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        let failed = self.rows.iter().filter(|row| row.outcome == CaseOutcome::Fail);
        failed.map(|row| format!("{}::{}: {}", row.transport, row.case, row.message)).collect()
    }

    /// Returns the matrix for a terminal. A cell shows the outcome and the milliseconds that the case took.
    pub(crate) fn text(&self) -> String {
        let transports = self.transports.iter().enumerate();
        let transports: Vec<_> = transports.map(|(number, name)| (number.to_string(), name)).collect();
        let rows = self.cases.iter().map(|case| {
            let cells = transports
                .iter()
                .map(|(number, transport)| (number.as_str(), self.at(transport, case).map_or(String::new(), cell)));
            [("case", case.clone())].into_iter().chain(cells).collect()
        });
        let mut lines = vec![table(&rows.collect::<Vec<_>>())];
        lines.extend(transports.iter().map(|(number, transport)| format!("{number}: {}", self.summary(transport))));
        lines.extend(self.reasons());
        lines.join("\n") + "\n"
    }

    pub(crate) fn summary(&self, transport: &str) -> String {
        let count = |outcome| self.count(transport, outcome);
        let milliseconds: u64 = self.of(transport).map(|row| row.milliseconds).sum();
        format!(
            "{transport}: {} passed, {} failed, {} known failures, {} opted out, {:.1} s of work",
            count(CaseOutcome::Pass),
            count(CaseOutcome::Fail),
            count(CaseOutcome::KnownFailure),
            count(CaseOutcome::OptedOut),
            milliseconds as f64 / 1000.0
        )
    }

    /// Returns the reason for each known failure and each opt-out, once for each group of cases.
    fn reasons(&self) -> BTreeSet<String> {
        let rows = self.rows.iter().filter(|row| !row.reason.is_empty());
        rows.map(|row| {
            let group = row.case.split('/').next().unwrap_or_default();
            let outcome = shown(row.outcome).0;
            format!("{}, {group}: {outcome} ({})", row.transport, row.reason)
        })
        .collect()
    }

    /// Returns the known failures of each transport, for the documentation.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| stack | passed | fails | what that means |\n|---|---|---|---|\n");
        for transport in &self.transports {
            let passed = self.count(transport, CaseOutcome::Pass);
            let ran = self.of(transport).count() - self.count(transport, CaseOutcome::OptedOut);
            let known = self.of(transport).filter(|row| row.outcome == CaseOutcome::KnownFailure);
            let mut failures: Vec<_> = known.map(|row| format!("`{}` | {}", row.case, row.reason)).collect();
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
