//! Where checkpoints are read from.

use std::fs;
use std::io;
use std::path::Path;

use bambora_core::Checkpoint;
use bambora_core::errors::InvalidCheckpoint;
use bambora_core::posting::PostingCheckpoint;

/// What a line goes on with.
pub(crate) enum CheckpointLine {
    Cancel(Checkpoint),
    Posting(PostingCheckpoint),
}

/// Reads a checkpoint from each line of a file that is not blank, as `cancel` and `resume` print them. `-` is stdin.
pub(crate) fn read_checkpoints(path: &Path) -> Result<Vec<CheckpointLine>, String> {
    let name = path.display();
    let text = if path.as_os_str() == "-" { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    let text = text.map_err(|error| format!("cannot read {name}: {error}"))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let lines = (1..).zip(lines).filter(|(_, line)| !line.is_empty());
    let checkpoints = lines
        .map(|(number, line)| read_line(line).map_err(|error| format!("line {number} of {name}: {error}")))
        .collect::<Result<Vec<_>, _>>()?;
    match checkpoints.is_empty() {
        true => Err(format!("{name} is empty: there is nothing to resume")),
        false => Ok(checkpoints),
    }
}

fn read_line(line: &str) -> Result<CheckpointLine, String> {
    let line = line.strip_prefix("checkpoint:").unwrap_or(line);
    if line.contains("\"posting_version\"") {
        return line.parse().map(CheckpointLine::Posting).map_err(|error: InvalidCheckpoint| error.to_string());
    }
    let checkpoint: Checkpoint = line.parse().map_err(|error: InvalidCheckpoint| error.to_string())?;
    let (merchant, reference) = (checkpoint.merchant(), checkpoint.reference());
    // It says that a cancel request may have reached the server, so at least one was made.
    let cancels = checkpoint.cancels().max(1);
    Ok(CheckpointLine::Cancel(Checkpoint::new(merchant.clone(), reference.clone(), cancels)))
}
