//! Shows how a run goes: a bar on a terminal, a line now and then elsewhere, events for programs.

use std::env;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use bambora_batch::{Conclusion, Imported, Progress, Recorded, RunEvent};
use bambora_core::Amount;
use bambora_core::posting::PostingKey;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::summary::Ending;
use super::wording::{pause_text, progress_line};
use crate::counted::counted;
use crate::exit_status::ExitStatus;
use crate::options::Hints;
use crate::output;

/// Where it is shown.
pub(super) struct Display {
    surface: Surface,
    /// Whether stdout took everything.
    pub(super) written: ExitStatus,
    /// Which option may help, if a request failed for a reason that has one.
    pub(super) hint: Option<&'static str>,
    pub(super) hints: Hints,
}

enum Surface {
    /// A bar on the terminal that stderr is.
    Bar(ProgressBar),
    /// Lines on stderr.
    Lines,
    /// Events on stdout, a line of JSON each.
    Events,
}

impl Display {
    pub(super) fn new(json: bool, hints: Hints) -> Self {
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let surface = if json {
            Surface::Events
        } else if io::stderr().is_terminal() && !is_dumb {
            Surface::Bar(bar())
        } else {
            Surface::Lines
        };
        Self { surface, written: ExitStatus::Done, hint: None, hints }
    }

    /// Returns the time between two events of progress.
    pub(super) fn interval(&self) -> Duration {
        match self.surface {
            Surface::Bar(_) => Duration::from_millis(250),
            Surface::Lines => Duration::from_secs(5),
            Surface::Events => Duration::from_secs(1),
        }
    }

    /// Returns what prints a message for people while the run goes on.
    pub(super) fn message_printer(&self) -> impl Fn(&str) + Send + use<> {
        let bar = match &self.surface {
            Surface::Bar(bar) => Some(bar.clone()),
            _ => None,
        };
        move |message| match &bar {
            Some(bar) => bar.suspend(|| output::message(message)),
            None => output::message(message),
        }
    }

    pub(super) fn show_imported(&mut self, imported: &Imported) {
        let Imported { added, duplicates, invalid, outer_blanks, .. } = imported;
        if matches!(self.surface, Surface::Events) {
            self.write(&json!({
                "event": "imported", "added": added, "duplicates": duplicates, "invalid": invalid,
                "outer_blanks": outer_blanks,
            }));
            return;
        }
        let mut line = format!("{} added to the journal", counted(*added, "row"));
        match duplicates {
            0 => {}
            1 => line.push_str(", 1 was in it already, or is named twice"),
            _ => line.push_str(&format!(", {duplicates} were in it already, or are named twice")),
        }
        if *invalid > 0 {
            line.push_str(&format!(", {} left out", counted(*invalid, "line")));
        }
        output::message(&line);
    }

    pub(super) fn show_event(&mut self, event: &RunEvent) {
        if let (None, RunEvent::Recorded(recorded)) = (self.hint, event) {
            self.hint = recorded.record.message.as_deref().and_then(|message| self.hints.of(message));
        }
        match (&self.surface, event) {
            (Surface::Events, RunEvent::Recorded(recorded)) => self.write(&recorded_json(recorded)),
            (Surface::Events, RunEvent::Progress(progress)) => self.write(&progress_json(progress, self.hints)),
            (Surface::Bar(bar), RunEvent::Progress(progress)) => {
                bar.set_length(progress.to_do);
                bar.set_position(progress.to_do - progress.left());
                bar.set_message(progress_line(progress, self.hints));
            }
            (Surface::Lines, RunEvent::Progress(progress)) if progress.to_do > 0 => {
                output::message(&progress_line(progress, self.hints));
            }
            _ => {}
        }
    }

    pub(super) fn show_ending(&mut self, ending: &Ending<'_>) {
        match &self.surface {
            Surface::Events => self.write(&ending.json()),
            surface => {
                if let Surface::Bar(bar) = surface {
                    bar.finish_and_clear();
                }
                self.written = output::print(&ending.text());
            }
        }
    }

    /// Writes an event. Once stdout took none, it is left alone: the journal has it all.
    fn write(&mut self, event: &Value) {
        if self.written == ExitStatus::Done {
            self.written = output::print(&output::json_line(event));
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // Without a style of its own the bar still shows.
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}%\n{wide_msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn recorded_json(recorded: &Recorded) -> Value {
    let confirmation = match &recorded.record.conclusion {
        Conclusion::Canceled { confirmation }
        | Conclusion::Captured { confirmation }
        | Conclusion::Refunded { confirmation } => Some(confirmation),
        _ => None,
    };
    json!({
        "event": "recorded",
        "reference": recorded.reference.as_str(),
        "status": recorded.status().as_str(),
        "message": recorded.message(),
        "operation": recorded.order.operation().as_str(),
        "amount": recorded.order.amount().map(Amount::minor_units),
        "key": recorded.order.key().map(PostingKey::as_str),
        "confirmation": confirmation,
        "problem": recorded.record.problem,
    })
}

fn progress_json(progress: &Progress, hints: Hints) -> Value {
    json!({
        "event": "progress",
        "to_do": progress.to_do,
        "canceled": progress.canceled,
        "captured": progress.captured,
        "refunded": progress.refunded,
        "refused": progress.refused,
        "in_doubt": progress.in_doubt,
        "stuck": progress.stuck,
        "left": progress.left(),
        "requests": progress.requests,
        "in_flight": progress.in_flight,
        "per_second": progress.per_second,
        "elapsed_seconds": progress.elapsed.as_secs_f64(),
        "seconds_left": progress.time_left().map(|left| left.as_secs_f64()),
        "pause": progress.pause.as_ref().map(|pause| pause_text(pause, hints)),
    })
}
