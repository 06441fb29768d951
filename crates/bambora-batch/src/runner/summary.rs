//! What came of a run, and what to do next.

use std::fmt;

use super::progress::Progress;
use crate::gate::StopReason;
use crate::journal::{Counts, JournalError, Reason, Status};

/// Why a run has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEnd {
    /// Every payment was worked on.
    Complete,
    /// The stop token was triggered.
    Stopped,
    /// Responses showed that the run is wrong, not its payments.
    Wrong(StopReason),
    /// The server could not be reached for longer than the limit.
    #[non_exhaustive]
    Unreachable {
        /// Why the last request failed.
        cause: String,
    },
    /// The journal could not be written, so nothing more was sent.
    Journal(JournalError),
}

impl fmt::Display for RunEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("every payment was worked on"),
            Self::Stopped => f.write_str("it was stopped"),
            Self::Wrong(reason) => reason.fmt(f),
            Self::Unreachable { cause } => write!(f, "the server could not be reached: {cause}"),
            Self::Journal(error) => error.fmt(f),
        }
    }
}

/// What a person should do after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// Nothing: every payment has its outcome.
    Nothing,
    /// Do what [`Summary::end`] says first, then go on with the journal.
    RepairAndGoOn,
    /// Go on with the journal: payments wait or are in doubt.
    GoOn,
    /// Look at the stuck payments by hand.
    LookAtStuck,
}

/// What came of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Why the run has ended.
    pub end: RunEnd,
    /// What the run did.
    pub progress: Progress,
    /// What the whole journal has now. `None` if it cannot be read.
    pub counts: Option<Counts>,
    /// The most common problems in the journal.
    pub reasons: Vec<Reason>,
}

impl Summary {
    /// Returns why the run has ended, in a few words. Orders that waited for an earlier one of their payment are left out of what
    /// was worked on.
    #[must_use]
    pub fn ending(&self) -> String {
        let waiting = self.counts.map_or(0, |counts| counts.of(Status::Waiting));
        match &self.end {
            RunEnd::Complete if waiting > 0 => format!("{}, but for those that wait", self.end),
            end => end.to_string(),
        }
    }

    /// Returns what to do next.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        let unfinished = self.counts.is_none_or(|counts| counts.unfinished() > 0);
        let stuck = self.counts.is_some_and(|counts| counts.of(Status::Stuck) > 0);
        match self.end {
            RunEnd::Wrong(_) | RunEnd::Unreachable { .. } | RunEnd::Journal(_) if unfinished => NextStep::RepairAndGoOn,
            _ if unfinished => NextStep::GoOn,
            _ if stuck => NextStep::LookAtStuck,
            _ => NextStep::Nothing,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress { refused, in_doubt, stuck, .. } = self.progress;
        writeln!(f, "The run has ended: {}.", self.ending())?;
        f.write_str("This run: ")?;
        for (count, done) in self.progress.done() {
            write!(f, "{count} {done}, ")?;
        }
        writeln!(f, "{refused} refused, {in_doubt} in doubt, {stuck} stuck.")?;
        if let Some(counts) = &self.counts {
            writeln!(f, "The journal: {counts}.")?;
        }
        for Reason { status, problem, count, .. } in &self.reasons {
            writeln!(f, "  {count} {status}: {problem}")?;
        }
        f.write_str(match self.next_step() {
            NextStep::Nothing => "Nothing is left to do.",
            NextStep::RepairAndGoOn => "See to that, then go on with the journal.",
            NextStep::GoOn => "Go on with the journal to finish the rest.",
            NextStep::LookAtStuck => "Look at the stuck payments by hand.",
        })
    }
}
