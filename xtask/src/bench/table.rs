//! The results as tables.

use super::batch::{Batch, Row};
use super::in_memory::InMemory;
use super::loopback::{Loopback, Measured, PYTHON, Round, Setting};
use super::weight::Program;
use crate::table::{Cells, table};

pub(crate) fn in_memory(in_memory: &InMemory) -> String {
    let rows = in_memory.0.iter().map(|way| {
        vec![
            ("in memory", format!("{}, {}", way.subject, way.way)),
            ("ns", format!("{:.0}", way.nanoseconds.median())),
            ("spread", percent(way.nanoseconds.spread())),
            ("allocations", way.allocations.to_string()),
        ]
    });
    table(&rows.collect::<Vec<_>>())
}

pub(crate) fn loopback(loopback: &Loopback, setting: Setting) -> String {
    let name = setting.to_string();
    let rows = loopback.rows.iter().filter(|row| row.setting == setting);
    let rows = rows.map(|row| cells(loopback, &name, row));
    table(&rows.collect::<Vec<_>>())
}

fn cells<'a>(loopback: &Loopback, name: &'a str, measured: &Measured) -> Cells<'a> {
    let row = measured.row;
    let cost = |other| format!("{:.2}", loopback.ratio(other, row, measured.setting));
    let median = |number: fn(&Round) -> f64| measured.rounds(number).median();
    let per_second = measured.rounds(|round| round.per_second);
    let busy = median(|round| round.server_busy);
    vec![
        (name, row.to_owned()),
        ("cancels/s", format!("{:.0}", per_second.median())),
        ("spread", percent(per_second.spread())),
        ("cost to the floor", cost(floor(row))),
        ("to the bare library", bare_library(row).map(cost).unwrap_or_default()),
        ("p50 µs", format!("{:.0}", median(|round| round.p50) / 1e3)),
        ("p99 µs", format!("{:.0}", median(|round| round.p99) / 1e3)),
        ("CPU µs each", format!("{:.1}", median(Round::cpu_us))),
        ("peak MiB", format!("{:.1}", median(|round| round.peak_kib) / 1024.0)),
        ("server busy", percent(busy)),
    ]
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
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

pub(crate) fn batch(batch: &Batch) -> String {
    let cells = |row: &Row| {
        let seconds = row.seconds.median();
        vec![
            ("a journal, 64 in flight", journal(row.what).to_owned()),
            ("payments", row.payments.to_string()),
            ("seconds", format!("{seconds:.2}")),
            ("spread", percent(row.seconds.spread())),
            ("peak MiB", format!("{:.1}", row.peak_mib.median())),
        ]
    };
    table(&batch.rows.iter().map(cells).collect::<Vec<_>>())
}

fn journal(what: &str) -> &str {
    match what {
        "bare" => "cancels without a journal",
        "run" => "a run",
        "import" => "an import",
        _ => "first request, 999 of 1000 done",
    }
}

pub(crate) fn weight(programs: &[Program]) -> String {
    let rows = programs.iter().map(|program| {
        vec![
            ("least program with", program.name.to_owned()),
            ("crates", program.crates.to_string()),
            ("cold build, s", format!("{:.0}", program.build_seconds)),
            ("size, KiB", (program.bytes / 1024).to_string()),
        ]
    });
    table(&rows.collect::<Vec<_>>())
}
