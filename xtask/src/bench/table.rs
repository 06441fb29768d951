//! The results as tables in Markdown, which a terminal shows well enough too.

use std::fmt::Write as _;

use super::in_memory::InMemory;
use super::loopback::{Loopback, Measured, Setting};
use super::target::Target;
use super::weight::Program;

/// Lays out a table: as wide as its widest cells. The first column stands on the left, all others on the right.
fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(|cell| cell.chars().count());
            cells.chain([name.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let mut line = |cells: Vec<&str>| {
        for (column, (cell, width)) in cells.into_iter().zip(&widths).enumerate() {
            // Writing to a text cannot fail.
            let _ = match column {
                0 => write!(text, "| {cell:<width$} "),
                _ => write!(text, "| {cell:>width$} "),
            };
        }
        text.push_str("|\n");
    };
    line(header.to_vec());
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let rule = rule.iter().enumerate().map(|(column, dashes)| {
        let dashes = dashes.get(1..).unwrap_or_default();
        if column == 0 {
            format!(":{dashes}")
        } else {
            format!("{dashes}:")
        }
    });
    let rule: Vec<String> = rule.collect();
    line(rule.iter().map(String::as_str).collect());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
    text
}

pub(crate) fn targets(targets: &[Target]) -> String {
    let rows: Vec<_> = targets
        .iter()
        .map(|target| {
            vec![
                target.what.clone(),
                target.bound(),
                target.measured(),
                target.verdict().to_owned(),
            ]
        })
        .collect();
    table(&["number", "to reach", "measured", ""], &rows)
}

pub(crate) fn in_memory(in_memory: &InMemory) -> String {
    let rows: Vec<_> = in_memory
        .0
        .iter()
        .map(|way| {
            vec![
                format!("{}, {}", way.subject, way.way),
                format!("{:.0}", way.nanoseconds.median()),
                format!("{:.0} %", way.nanoseconds.spread() * 100.0),
                way.allocations.to_string(),
            ]
        })
        .collect();
    table(&["in memory", "ns", "spread", "allocations"], &rows)
}

pub(crate) fn loopback(loopback: &Loopback, setting: Setting) -> String {
    let rows = loopback.rows.iter().filter(|row| row.setting == setting);
    let rows: Vec<_> = rows.map(|row| cells(loopback, row)).collect();
    let name = setting.to_string();
    let header = [
        name.as_str(),
        "cancels/s",
        "spread",
        "cost to the floor",
        "to the bare library",
        "p50 µs",
        "p99 µs",
        "CPU µs each",
        "peak MiB",
        "server busy",
    ];
    table(&header, &rows)
}

fn cells(loopback: &Loopback, row: &Measured) -> Vec<String> {
    let cost = |other: Option<&str>| match other {
        Some(other) => format!(
            "{:.2}",
            loopback.ratio(other, row.row, row.setting).median()
        ),
        None => String::new(),
    };
    vec![
        row.row.to_owned(),
        format!("{:.0}", row.per_second.median()),
        format!("{:.0} %", row.per_second.spread() * 100.0),
        cost(Some(floor(row.row))),
        cost(bare_library(row.row)),
        format!("{:.0}", row.p50_us.median()),
        format!("{:.0}", row.p99_us.median()),
        format!("{:.1}", row.cpu_us.median()),
        format!("{:.1}", row.peak_kib.median() / 1024.0),
        format!("{:.0} %", row.server_busy.median() * 100.0),
    ]
}

/// The bare sockets of the same kind.
fn floor(row: &str) -> &'static str {
    match row {
        "ureq" | "bambora-blocking" | "raw, blocking" | super::loopback::PYTHON => "raw, blocking",
        _ => "raw",
    }
}

fn bare_library(row: &str) -> Option<&'static str> {
    match row {
        "bambora-hyper" | "reqwest" => Some("hyper-util"),
        "bambora-blocking" => Some("ureq"),
        _ => None,
    }
}

pub(crate) fn weight(programs: &[Program]) -> String {
    let rows: Vec<_> = programs
        .iter()
        .map(|program| {
            vec![
                program.name.to_owned(),
                program.crates.to_string(),
                format!("{:.0}", program.build_seconds),
                format!("{:.0}", program.bytes as f64 / 1024.0),
            ]
        })
        .collect();
    let header = ["least program with", "crates", "cold build, s", "size, KiB"];
    table(&header, &rows)
}
