//! A list of payments, in a file or on standard input.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use bambora_batch::{Format, Imported, InvalidEntry, InvalidLines, References};
use clap::Args;

use crate::output;

/// How many invalid lines a message names.
const SHOWN: usize = 20;

#[derive(Args, Debug)]
#[command(next_help_heading = "The list")]
pub(crate) struct List {
    /// Read payments from this file, or - for stdin: a reference on each line, or CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// The list is comma-separated values, whose first line names the columns
    #[arg(long, requires = "from")]
    csv: bool,
    /// The column that has the references
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "reference")]
    column: String,
    /// What separates the values, for example ;
    #[arg(long, value_name = "CHARACTER", requires = "csv", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Leave out lines that have no reference, instead of stopping before anything is sent
    #[arg(long, requires = "from")]
    skip_invalid: bool,
}

type Opened = References<Box<dyn Read>>;

impl List {
    /// Opens the list, if there is one.
    pub(crate) fn open(&self) -> Result<Option<Opened>, Box<dyn Error>> {
        let Some(path) = &self.from else {
            return Ok(None);
        };
        let source: Box<dyn Read> = match path.as_os_str() == "-" {
            true => Box::new(io::stdin().lock()),
            false => {
                let cannot_read = |error| format!("cannot read {}: {error}", path.display());
                Box::new(File::open(path).map_err(cannot_read)?)
            }
        };
        let format = match self.csv {
            true => Format::csv(&self.column).delimiter(self.delimiter),
            false => Format::Lines,
        };
        Ok(Some(References::new(source, &format)?))
    }

    pub(crate) fn invalid_lines(&self) -> InvalidLines {
        match self.skip_invalid {
            true => InvalidLines::Skip,
            false => InvalidLines::Refuse,
        }
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("write one character, for example ; or \\t for a tab".to_owned()),
    }
}

/// Names lines that have no reference, and warns of references with blanks around them.
pub(crate) fn print_doubtful_lines(imported: &Imported) {
    print_invalid_lines(imported.invalid, &imported.invalid_lines);
    if imported.outer_blanks > 0 {
        let lines = imported.outer_blank_lines.iter().take(SHOWN).map(u64::to_string);
        output::message(&format!(
            "warning: a blank at the beginning or end of a reference is sent as a part of it: line {} ({} in all)",
            lines.collect::<Vec<_>>().join(", "),
            imported.outer_blanks
        ));
    }
}

/// Names lines that have no reference, as far as they are known.
pub(crate) fn print_invalid_lines(count: u64, lines: &[(u64, InvalidEntry)]) {
    for (line, error) in lines.iter().take(SHOWN) {
        output::message(&format!("line {line}: {error}"));
    }
    let shown = lines.len().min(SHOWN) as u64;
    if count > shown {
        output::message(&format!("and {} more lines", count - shown));
    }
}
