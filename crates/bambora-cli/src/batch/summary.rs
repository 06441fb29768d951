//! What came of a run, and the command to type next.

use std::path::Path;

use bambora_batch::{Counts, NextStep, RunEnd, Status, StopReason, Summary};
use serde_json::{Map, Value, json};

use super::wording::duration_text;
use crate::counted::counted;
use crate::exit_status::ExitStatus;
use crate::options::Hints;
use crate::shell_word::file_word;

/// How many reasons a person is told.
const REASONS: usize = 5;

/// The end of a run.
pub(super) struct Ending<'a> {
    pub(super) summary: &'a Summary,
    pub(super) journal: &'a Path,
    /// Goes on with the journal.
    pub(super) resume: String,
    /// Which option may help.
    pub(super) hint: Option<&'static str>,
    pub(super) hints: Hints,
}

impl Ending<'_> {
    /// Where the journal's payments stand. If that cannot be read, nobody knows.
    pub(super) fn status(&self) -> ExitStatus {
        match &self.summary.counts {
            Some(counts) => exit_status(counts),
            None => ExitStatus::Unknown,
        }
    }

    pub(super) fn text(&self) -> String {
        let Summary { progress, counts, reasons, .. } = self.summary;
        let end = self.summary.ending();
        let took = duration_text(progress.elapsed);
        let requests = counted(progress.requests, "request");
        let mut lines = vec![format!("The run has ended after {took} and {requests}: {end}.")];
        if let Some(counts) = counts {
            lines.push(format!("{} in {}:", counted(counts.total(), "row"), self.journal.display()));
            for (status, count) in counts.iter().filter(|(_, count)| *count > 0) {
                let note = if status == Status::Started { ", in doubt" } else { "" };
                lines.push(format!("  {count:>8} {status}{note}"));
            }
        }
        if !reasons.is_empty() {
            lines.push("The most common reasons:".to_owned());
            for reason in reasons.iter().take(REASONS) {
                lines.push(format!("  {:>8} {}: {}", reason.count, reason.status, reason.problem));
            }
        }
        lines.extend(self.hint().map(str::to_owned));
        lines.extend(self.next().into_iter().map(|(why, command)| format!("{why}: {command}")));
        lines.join("\n")
    }

    pub(super) fn json(&self) -> Value {
        let Summary { end, progress, counts, reasons, .. } = self.summary;
        let statuses: Map<String, Value> = counts
            .iter()
            .flat_map(|counts| counts.iter().map(|(status, count)| (status.to_string(), count.into())))
            .collect();
        let reasons = reasons.iter().map(
            |reason| json!({ "status": reason.status.as_str(), "problem": reason.problem, "count": reason.count }),
        );
        json!({
            "event": "summary",
            "end": end_word(end),
            "message": self.summary.ending(),
            "hint": self.hint(),
            "journal": self.journal.to_string_lossy(),
            "payments": statuses,
            "reasons": reasons.collect::<Vec<_>>(),
            "requests": progress.requests,
            "elapsed_seconds": progress.elapsed.as_secs_f64(),
            "next": self.next().into_iter().map(|(_, command)| command).collect::<Vec<_>>(),
            "exit_code": self.status() as u8,
        })
    }

    /// Which option may help.
    fn hint(&self) -> Option<&'static str> {
        match &self.summary.end {
            RunEnd::Unreachable { cause, .. } => self.hints.of(cause),
            _ => self.hint,
        }
    }

    /// Why a command is the next to type, and the command.
    fn next(&self) -> Vec<(&'static str, String)> {
        let report = |status| format!("bambora report {} --status {status}", file_word(self.journal));
        let resume = &self.resume;
        let counts = self.summary.counts.as_ref();
        let has = |status| counts.is_some_and(|counts| counts.of(status) > 0);
        let mut next = Vec::new();
        if has(Status::Refused) {
            next.push(("To see what was refused", report(Status::Refused)));
        }
        if has(Status::Stuck) {
            next.push(("To see what is stuck", report(Status::Stuck)));
        }
        match self.summary.next_step() {
            NextStep::Nothing => {}
            NextStep::LookAtStuck => next.push(("To ask again for what is stuck", format!("{resume} --retry-stuck"))),
            NextStep::RepairAndGoOn => {
                next.push(("To go on once that is repaired", resume.clone()));
                if matches!(self.summary.end, RunEnd::Wrong(StopReason::NothingFound { .. })) {
                    next.push(("To go on if they are right", format!("{resume} --accept-not-found")));
                }
            }
            _ => next.push(("To go on", resume.clone())),
        }
        next
    }
}

/// The worst of the rows counts.
fn exit_status(counts: &Counts) -> ExitStatus {
    let statuses = counts.iter().filter(|(_, count)| *count > 0);
    let worst = statuses.map(|(status, _)| match status {
        Status::Canceled | Status::Captured | Status::Refunded => ExitStatus::Done,
        Status::Refused => ExitStatus::Refused,
        Status::Waiting => ExitStatus::NotSent,
        _ => ExitStatus::Unknown,
    });
    worst.max().unwrap_or(ExitStatus::Done)
}

fn end_word(end: &RunEnd) -> &'static str {
    match end {
        RunEnd::Complete => "complete",
        RunEnd::Stopped => "stopped",
        RunEnd::Wrong(StopReason::Unauthorized) => "unauthorized",
        RunEnd::Wrong(StopReason::Forbidden) => "forbidden",
        RunEnd::Wrong(_) => "nothing_found",
        RunEnd::Unreachable { .. } => "unreachable",
        _ => "journal",
    }
}
