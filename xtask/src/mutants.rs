//! Mutation testing: changes the code in one place at a time, and counts the changes that no test notices.

mod equivalents;
mod results;
mod subject;

use anyhow::{Result, ensure};
use clap::Args;

use crate::table::table;
use crate::workspace::shell;
use equivalents::Equivalents;
use subject::{Extent, SUBJECTS};

#[derive(Args)]
pub(crate) struct Options {
    /// Changes the code of these packages only.
    #[arg(value_name = "PACKAGE", value_parser = SUBJECTS.map(|subject| subject.package))]
    packages: Vec<String>,
    #[command(flatten)]
    extent: Extent,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let shell = shell()?;
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for subject in &SUBJECTS {
        if !options.packages.is_empty() && !options.packages.iter().any(|name| name == subject.package) {
            continue;
        }
        let results = subject.test(&shell, &options.extent)?;
        let mut equivalents = Equivalents::of(subject.package)?;
        let (equivalent, missed): (Vec<_>, Vec<_>) = results.missed().partition(|mutant| equivalents.take(mutant));
        for mutant in &missed {
            println!("missed: {mutant}");
        }
        if missed.len() * 100 > subject.percent * results.viable() {
            failures.push(format!("{}: more than {} % are missed", subject.package, subject.percent));
        }
        match results.left() {
            0 => failures.extend(equivalents.left().map(|name| format!("judged equivalent, but not missed: {name}"))),
            left => failures.push(format!("{}: {left} mutants are left, go on with --iterate", subject.package)),
        }
        rows.push(results.row(subject.package, equivalent.len(), missed.len()));
    }
    println!("\n{}", table(&rows));
    ensure!(failures.is_empty(), failures.join("\n"));
    Ok(())
}
