//! What it all costs, beside what else there is: in one run, on one machine, as ratios.

mod in_memory;
mod loopback;
mod machine;
mod picture;
mod programs;
mod rounds;
mod table;
mod target;
mod weight;

use std::error::Error;
use std::fs;

use crate::document;
use crate::shell::root;
use in_memory::InMemory;
use loopback::Loopback;
use programs::Programs;

pub(crate) fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let (mut quick, mut write) = (false, false);
    for argument in arguments {
        match *argument {
            "--quick" => quick = true,
            "--write-document" => write = true,
            other => return Err(format!("bench does not know {other}").into()),
        }
    }
    if quick && write {
        return Err("the document shows a whole run: leave out --quick".into());
    }
    let programs = Programs::build()?;
    let in_memory = InMemory::measure(&programs, quick)?;
    let loopback = Loopback::measure(&programs, quick)?;
    let weight = if quick {
        None
    } else {
        Some(weight::measure()?)
    };
    let targets = table::targets(&target::all(&in_memory, &loopback, weight.as_deref())?);

    let mut tables = vec![targets, table::in_memory(&in_memory)];
    let settings = loopback.settings();
    tables.extend(
        settings
            .into_iter()
            .map(|setting| table::loopback(&loopback, setting)),
    );
    tables.extend(weight.as_deref().map(table::weight));
    let tables = tables.join("\n");
    let command = if quick {
        "cargo xtask bench --quick"
    } else {
        "cargo xtask bench"
    };
    let machine = machine::describe(command)?;
    println!("\n{machine}\n\n{tables}");
    if write {
        let text = format!("{machine}\n\n{tables}");
        document::rewrite(
            "docs/performance.md",
            "cargo xtask bench --write-document",
            &text,
        )?;
        fs::write(
            root().join("docs/performance.svg"),
            picture::draw(&loopback),
        )?;
    }
    Ok(())
}
