//! The results as tables in Markdown, which a terminal shows well enough too.

use super::in_memory::InMemory;
use super::loopback::{Loopback, Measured, PYTHON, Setting};
use super::target::Target;
use super::weight::Program;

/// Lays out a table whose columns are as wide as their widest cells: the first one to the left, all others to the right.
fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut lines = vec![header.iter().map(|name| (*name).to_owned()).collect()];
    lines.extend(rows);
    let length = |line: &Vec<String>, column| {
        line.get(column)
            .map_or(0, |cell: &String| cell.chars().count())
    };
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            lines
                .iter()
                .map(|line| length(line, column))
                .max()
                .unwrap_or_default()
        })
        .collect();
    let rule = widths.iter().enumerate().map(|(column, width)| {
        let dashes = "-".repeat(width.saturating_sub(1));
        if column == 0 {
            format!(":{dashes}")
        } else {
            format!("{dashes}:")
        }
    });
    lines.insert(1, rule.collect());
    let mut text = String::new();
    for line in lines {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            text += &if column == 0 {
                format!("| {cell:<width$} ")
            } else {
                format!("| {cell:>width$} ")
            };
        }
        text += "|\n";
    }
    text
}

pub(crate) fn targets(targets: &[Target]) -> String {
    table(
        &["number", "to reach", "measured", ""],
        targets.iter().map(Target::cells),
    )
}

pub(crate) fn in_memory(in_memory: &InMemory) -> String {
    let rows = in_memory.0.iter().map(|way| {
        vec![
            format!("{}, {}", way.subject, way.way),
            format!("{:.0}", way.nanoseconds.median()),
            format!("{:.0} %", way.nanoseconds.spread() * 100.0),
            way.allocations.to_string(),
        ]
    });
    table(&["in memory", "ns", "spread", "allocations"], rows)
}

pub(crate) fn loopback(loopback: &Loopback, setting: Setting) -> String {
    let rows = loopback.rows.iter().filter(|row| row.setting == setting);
    let header = [
        &setting.to_string(),
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
    table(&header, rows.map(|row| cells(loopback, row)))
}

fn cells(loopback: &Loopback, row: &Measured) -> Vec<String> {
    let cost = |other| format!("{:.2}", loopback.ratio(other, row.row, row.setting));
    let per_second = row.rounds(|round| round.per_second);
    vec![
        row.row.to_owned(),
        format!("{:.0}", per_second.median()),
        format!("{:.0} %", per_second.spread() * 100.0),
        cost(floor(row.row)),
        bare_library(row.row).map(cost).unwrap_or_default(),
        format!("{:.0}", row.rounds(|round| round.p50).median() / 1000.0),
        format!("{:.0}", row.rounds(|round| round.p99).median() / 1000.0),
        format!("{:.1}", row.rounds(|round| round.cpu_us()).median()),
        format!(
            "{:.1}",
            row.rounds(|round| round.peak_kib).median() / 1024.0
        ),
        format!(
            "{:.0} %",
            row.rounds(|round| round.server_busy).median() * 100.0
        ),
    ]
}

/// Returns the bare sockets of the same kind.
fn floor(row: &str) -> &'static str {
    match row {
        "ureq" | "bambora-blocking" | "raw, blocking" | PYTHON => "raw, blocking",
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
    let rows = programs.iter().map(|program| {
        vec![
            program.name.to_owned(),
            program.crates.to_string(),
            format!("{:.0}", program.build_seconds),
            format!("{:.0}", program.bytes as f64 / 1024.0),
        ]
    });
    table(
        &["least program with", "crates", "cold build, s", "size, KiB"],
        rows,
    )
}
