//! The parts of documents that a task writes, between two marks.

use std::fs;

use anyhow::{Context as _, Result};

use crate::workspace::root;

const END: &str = "<!-- end -->";

/// Replaces what `command` wrote before with `text`.
pub(crate) fn rewrite(path: &str, command: &str, text: &str) -> Result<()> {
    let begin = format!("<!-- written by {command} -->");
    let file = root().join(path);
    let whole = fs::read_to_string(&file)?;
    let (before, after) = whole
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)))
        .with_context(|| format!("{path} lacks the marks {begin} and {END}"))?;
    let text = text.trim_end();
    fs::write(file, format!("{before}{begin}\n\n{text}\n\n{END}{after}"))?;
    println!("{path} was written");
    Ok(())
}
