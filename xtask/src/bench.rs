//! Measures speed and weight beside the alternatives: in one run, on one machine, as ratios.

mod batch;
mod in_memory;
mod loopback;
mod machine;
mod picture;
mod programs;
mod rounds;
mod table;
mod target;
mod weight;

use std::fs;

use anyhow::Result;
use clap::Args;

use crate::document;
use crate::workspace::root;
use batch::Batch;
use in_memory::InMemory;
use loopback::Loopback;
use programs::Programs;

#[derive(Args)]
pub(crate) struct Options {
    /// Measures in short rounds, without TLS and without the builds.
    #[arg(long)]
    quick: bool,
    /// Writes docs/performance.md and docs/performance.svg.
    #[arg(long, conflicts_with = "quick")]
    write_document: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = Programs::build()?;
    let shell = programs.shell();
    let weight = if options.quick { None } else { Some(weight::measure(shell)?) };
    let in_memory = InMemory::measure(&programs, options.quick)?;
    let loopback = Loopback::measure(&programs, options.quick)?;
    let batch = Batch::measure(&programs, options.quick)?;
    let targets = target::all(shell, &in_memory, &loopback, &batch, weight.as_deref())?;

    let mut tables = vec![crate::table::table(&targets), table::in_memory(&in_memory)];
    let settings = loopback.settings().into_iter();
    tables.extend(settings.map(|setting| table::loopback(&loopback, setting)));
    tables.push(table::batch(&batch));
    tables.extend(weight.as_deref().map(table::weight));
    let quick = if options.quick { " --quick" } else { "" };
    let machine = machine::describe(shell, &format!("cargo xtask bench{quick}"))?;
    let text = format!("{machine}\n\n{}", tables.join("\n"));
    println!("\n{text}");
    if options.write_document {
        document::rewrite("docs/performance.md", "cargo xtask bench --write-document", &text)?;
        fs::write(root().join("docs/performance.svg"), picture::draw(&loopback))?;
    }
    Ok(())
}
