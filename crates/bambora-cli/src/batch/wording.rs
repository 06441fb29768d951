//! How a run's numbers read.

use std::time::Duration;

use bambora_batch::{Pause, Progress};

use crate::options::Hints;

/// Where a run stands, in one line.
pub(super) fn progress_line(progress: &Progress, hints: Hints) -> String {
    let Progress { canceled, captured, refunded, refused, in_doubt, stuck, per_second, .. } = progress;
    let mut counts = vec![(*canceled, "canceled"), (*captured, "captured"), (*refunded, "refunded")];
    counts.retain(|(count, _)| *count > 0);
    if counts.is_empty() {
        counts.push((0, "done"));
    }
    counts.extend([(*refused, "refused"), (in_doubt + stuck, "in doubt"), (progress.left(), "left")]);
    let counts: Vec<_> = counts.into_iter().map(|(count, what)| format!("{count} {what}")).collect();
    let mut line = counts.join(", ");
    match &progress.pause {
        Some(pause) => line.push_str(&format!("; {}", pause_text(pause, hints))),
        None if progress.left() > 0 && *per_second > 0.0 => {
            line.push_str(&format!(", {per_second:.0} per second"));
            if let Some(left) = progress.time_left() {
                line.push_str(&format!(", {} to go", duration_text(left)));
            }
        }
        None => {}
    }
    line
}

pub(super) fn pause_text(pause: &Pause, hints: Hints) -> String {
    match pause {
        Pause::Asked { left, .. } => format!("nothing is sent for {}, as the server asked", duration_text(*left)),
        Pause::Unreachable { cause, .. } => {
            let hint = hints.of(cause).map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("the server cannot be reached and is tried now and then ({cause}){hint}")
        }
        _ => "nothing is sent now".to_owned(),
    }
}

/// A time as people say it, in its two largest units.
pub(super) fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "less than 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_two_largest_units() {
        for (seconds, text) in [(0.25, "less than 1 s"), (59.9, "59 s"), (61.0, "1 min 01 s"), (7_260.0, "2 h 01 min")]
        {
            assert_eq!(duration_text(Duration::from_secs_f64(seconds)), text);
        }
    }
}
