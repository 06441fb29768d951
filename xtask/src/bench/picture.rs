//! The throughput of every row, drawn.

use std::fmt::Write as _;

use super::loopback::{Loopback, Setting};

const WIDTH: usize = 860;
const NAMES: usize = 170;
const NUMBERS: usize = 130;
const BAR: usize = 16;
const GAP: usize = 7;
const TITLE: usize = 42;

/// One panel for each setting: a bar for each row, as long as its throughput is to the fastest's.
pub(crate) fn draw(loopback: &Loopback) -> String {
    let settings = loopback.settings();
    let panel = |setting| {
        loopback
            .rows
            .iter()
            .filter(move |row| row.setting == setting)
    };
    let heights = settings
        .iter()
        .map(|setting| TITLE + panel(*setting).count() * (BAR + GAP));
    let height = heights.sum::<usize>() + GAP * 2;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Cancels per second over loopback</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let mut top = GAP;
    for setting in settings {
        top = draw_panel(&mut svg, loopback, setting, top);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws one panel, and tells where the next begins.
fn draw_panel(svg: &mut String, loopback: &Loopback, setting: Setting, top: usize) -> usize {
    let rows = loopback.rows.iter().filter(|row| row.setting == setting);
    let rows: Vec<_> = rows.map(|row| (row.row, row.per_second.median())).collect();
    let most = rows.iter().map(|row| row.1).fold(1.0, f64::max);
    // Writing to a text cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"{GAP}\" y=\"{}\" font-weight=\"bold\" fill=\"#222222\">{setting}: cancels per second</text>",
        top + TITLE - 18
    );
    let mut y = top + TITLE - GAP;
    for (row, per_second) in rows {
        let room = (WIDTH - NAMES - NUMBERS) as f64;
        let length = per_second / most * room;
        let middle = y + BAR - 4;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\" fill=\"#222222\">{row}</text>\
             <rect x=\"{NAMES}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{middle}\" fill=\"#222222\">{per_second:.0}</text>",
            NAMES - GAP,
            color(row),
            NAMES as f64 + length + GAP as f64,
        );
        y += BAR + GAP;
    }
    y
}

/// Ours, the floors, and the others.
fn color(row: &str) -> &'static str {
    match row {
        "bambora-hyper" | "bambora-blocking" => "#1f6f54",
        "raw" | "raw, blocking" => "#b8b8b8",
        _ => "#6f8fb5",
    }
}
