//! A list of payments, in a file or on standard input.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use bambora_batch::{Format, Imported, InvalidEntry, InvalidLines, PostingColumns, Postings, References};
use bambora_core::posting::PostingKind;
use clap::{ArgGroup, Args};

use crate::counted::counted;
use crate::output;

/// How many invalid lines a message names.
const SHOWN: usize = 20;

#[derive(Args, Debug)]
#[command(next_help_heading = "The list")]
pub(crate) struct List {
    /// Read payments from this file, or - for stdin: a reference on each line, or CSV with --csv (captures and refunds: always
    /// CSV)
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
    /// Leave out lines that are invalid, instead of stopping before anything is sent
    #[arg(long, requires = "from")]
    skip_invalid: bool,
}

type Source = Box<dyn Read>;

impl List {
    /// Opens the list of payments, if there is one.
    pub(crate) fn references(&self) -> Result<Option<References<Source>>, Box<dyn Error>> {
        let format = if self.csv { Format::csv(&self.column).delimiter(self.delimiter) } else { Format::Lines };
        Ok(self.source()?.map(|source| References::new(source, &format)).transpose()?)
    }

    fn source(&self) -> Result<Option<Source>, Box<dyn Error>> {
        let Some(path) = &self.from else {
            return Ok(None);
        };
        if path.as_os_str() == "-" {
            return Ok(Some(Box::new(io::stdin().lock())));
        }
        let file = File::open(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Ok(Some(Box::new(file)))
    }

    /// Refuses a list that no journal remembers.
    pub(crate) fn check_journal(&self) -> Result<(), &'static str> {
        match self.from {
            Some(_) => {
                Err("a list needs a journal, so that nothing of it is forgotten: add --journal FILE, for example \
                            --journal night.journal")
            }
            None => Ok(()),
        }
    }

    pub(crate) fn invalid_lines(&self) -> InvalidLines {
        if self.skip_invalid { InvalidLines::Skip } else { InvalidLines::Refuse }
    }
}

/// Requires payments: named on the command line, by this argument, or in a list.
pub(crate) fn named_or_listed(argument: &'static str) -> ArgGroup {
    ArgGroup::new("payments").args([argument, "from"]).required(true).multiple(true)
}

/// A list of captures or refunds.
#[derive(Args, Debug)]
#[command(next_help_heading = "The list")]
pub(crate) struct PostingList {
    #[command(flatten)]
    pub(crate) list: List,
    /// The column that has the amounts, in minor currency units
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "amount")]
    amount_column: String,
    /// The column that has the keys
    #[arg(long, value_name = "NAME", requires = "csv", default_value = "key")]
    key_column: String,
}

impl PostingList {
    /// Opens the list, if there is one.
    pub(crate) fn postings(&self, kind: PostingKind) -> Result<Option<Postings<Source>>, Box<dyn Error>> {
        let Some(source) = self.list.source()? else {
            return Ok(None);
        };
        if !self.list.csv {
            return Err(
                format!("a list of {kind}s has an amount and a key for each: write it as CSV, and add --csv").into()
            );
        }
        let columns = PostingColumns::default()
            .reference(&self.list.column)
            .amount(&self.amount_column)
            .key(&self.key_column)
            .delimiter(self.list.delimiter);
        Ok(Some(Postings::new(source, kind, &columns)?))
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("write one character, for example ; or \\t for a tab".to_owned()),
    }
}

/// An empty file is easily a mistake of the program that was to write it.
pub(crate) fn warn_of_empty_list() {
    output::message("warning: the list is empty: it names no payment");
}

/// Names lines that are invalid, and warns of references with blanks around them, and of a list without payments.
pub(crate) fn print_doubtful_lines(imported: &Imported) {
    if (imported.added, imported.duplicates, imported.invalid) == (0, 0, 0) {
        warn_of_empty_list();
    }
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

/// Names lines that are invalid, as far as they are known.
pub(crate) fn print_invalid_lines(count: u64, lines: &[(u64, InvalidEntry)]) {
    for (line, error) in lines.iter().take(SHOWN) {
        output::message(&format!("line {line}: {error}"));
    }
    let shown = lines.len().min(SHOWN) as u64;
    if count > shown {
        output::message(&format!("and {}", counted(count - shown, "more line")));
    }
}
