//! Parts of documents that a command writes: what stands between two marks.

use std::error::Error;
use std::fs;

use crate::shell::root;

const END: &str = "<!-- end -->";

/// Puts `text` where `command` says that it has written before.
pub(crate) fn rewrite(path: &str, command: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let begin = format!("<!-- written by {command} -->");
    let file = root().join(path);
    let whole = fs::read_to_string(&file)?;
    let (before, rest) = whole
        .split_once(&begin)
        .ok_or_else(|| format!("{path} has lost its mark: {begin}"))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("{path} has lost its mark: {END}"))?;
    fs::write(
        &file,
        format!("{before}{begin}\n\n{}\n\n{END}{after}", text.trim_end()),
    )?;
    println!("{path} is written");
    Ok(())
}
