//! A picture of the throughput of every row.

use maud::{Markup, html};

use super::loopback::{Loopback, Setting};

const WIDTH: usize = 860;
const NAMES: usize = 170;
const NUMBERS: usize = 130;
const BAR: usize = 16;
const GAP: usize = 7;
const TITLE: usize = 42;

/// Draws a panel for each setting, with a bar for each row. The fastest row's bar fills the width.
pub(crate) fn draw(loopback: &Loopback) -> String {
    let mut height = GAP;
    let panels: Vec<_> =
        loopback.settings().into_iter().map(|setting| draw_panel(loopback, setting, &mut height)).collect();
    height += GAP;
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height)
            font-family="sans-serif" font-size="13" {
            title { "Cancels per second over loopback" }
            rect width=(WIDTH) height=(height) fill="#ffffff" {}
            @for panel in panels { (panel) }
        }
    };
    svg.into_string() + "\n"
}

/// Draws one panel, and moves `y` to its end.
fn draw_panel(loopback: &Loopback, setting: Setting, y: &mut usize) -> Markup {
    let rows = loopback.rows.iter().filter(|row| row.setting == setting);
    let rows: Vec<_> = rows.map(|row| (row.row, row.rounds(|round| round.per_second).median())).collect();
    let most = rows.iter().map(|row| row.1).fold(1.0, f64::max);
    let title = *y + TITLE - 18;
    *y += TITLE - GAP;
    html! {
        text x=(GAP) y=(title) font-weight="bold" fill="#222222" { (setting) ": cancels per second" }
        @for (row, per_second) in rows {
            @let length = per_second / most * (WIDTH - NAMES - NUMBERS) as f64;
            @let middle = *y + BAR - 4;
            text x=(NAMES - GAP) y=(middle) text-anchor="end" fill="#222222" { (row) }
            rect x=(NAMES) y=(y) width=(format!("{length:.1}")) height=(BAR) fill=(color(row)) {}
            text x=(format!("{:.1}", (NAMES + GAP) as f64 + length)) y=(middle) fill="#222222" { (format!("{per_second:.0}")) }
            @let () = *y += BAR + GAP;
        }
    }
}

/// Returns one color for this project's clients, one for bare sockets, and one for the others.
fn color(row: &str) -> &'static str {
    match row {
        "bambora-hyper" | "bambora-blocking" => "#1f6f54",
        "raw" | "raw, blocking" => "#b8b8b8",
        _ => "#6f8fb5",
    }
}
