//! Where checkpoints are read from.

use std::fs;
use std::io;
use std::path::Path;

use bambora_core::Checkpoint;
use bambora_core::errors::InvalidCheckpoint;

/// Reads a checkpoint from each line of a file that is not blank, as `cancel` and `resume` print them. `-` is stdin.
pub(crate) fn read_checkpoints(path: &Path) -> Result<Vec<Checkpoint>, String> {
    let name = path.display();
    let text = match path.as_os_str() == "-" {
        true => io::read_to_string(io::stdin()),
        false => fs::read_to_string(path),
    };
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

/// A checkpoint says that a cancel request may have reached the server, so at least one was made.
fn read_line(line: &str) -> Result<Checkpoint, InvalidCheckpoint> {
    let line = line.strip_prefix("checkpoint:").unwrap_or(line);
    let checkpoint: Checkpoint = line.parse()?;
    let (merchant, reference) = (checkpoint.merchant(), checkpoint.reference());
    let cancels = checkpoint.cancels().max(1);
    Ok(Checkpoint::new(merchant.clone(), reference.clone(), cancels))
}
