//! The results as a page for people.

use std::mem;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::matrix::{Matrix, Outcome};

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: center }
th { position: sticky; top: 0; background: #fff; vertical-align: bottom }
td:first-child, th:first-child { text-align: left; font-family: ui-monospace, monospace; font-size: .9em }
tr.group td { background: #f4f4f4; font-weight: 600 }
.pass { color: #19752f } .fail { color: #fff; background: #b3261e; font-weight: 700 }
.known { color: #9a5b00 } .out { color: #888 }
li.fail { list-style: none; padding: .3rem .6rem; margin: .2rem 0 }
@media (prefers-color-scheme: dark) { body, th { background: #181818; color: #ddd } tr.group td { background: #242424 }
  th, td { border-color: #333 } .pass { color: #6fcf87 } .known { color: #e0a458 } }
";

pub(crate) fn page(matrix: &Matrix) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Conformance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What each transport does to a payment request" }
                ul { @for transport in &matrix.transports { li { (matrix.summary(transport)) } } }
                ul { @for failure in matrix.failures() { li.fail { (failure) } } }
                p {
                    span.pass { "✓" } " passes, " span.fail { "\u{a0}✗\u{a0}" } " fails, "
                    span.known { "(✗)" } " is known to fail, " span.out { "–" } " is opted out. "
                    "Point at a sign for the reason and the time."
                }
                table {
                    thead { tr { th { "case" } @for transport in &matrix.transports { th { (transport) } } } }
                    tbody { (rows(matrix)) }
                }
            }
        }
    };
    page.into_string()
}

fn rows(matrix: &Matrix) -> Markup {
    let mut last = "";
    html! {
        @for case in &matrix.cases {
            @let (group, name) = case.split_once('/').unwrap_or(("", case));
            @if mem::replace(&mut last, group) != group && !group.is_empty() {
                tr.group { td colspan=(matrix.transports.len() + 1) { (group) } }
            }
            tr {
                td { (name) }
                @for transport in &matrix.transports { (cell(matrix, transport, case)) }
            }
        }
    }
}

fn cell(matrix: &Matrix, transport: &str, case: &str) -> Markup {
    let Some(row) = matrix.at(transport, case) else {
        return html! { td {} };
    };
    let class = match row.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::KnownFailure => "known",
        Outcome::OptedOut => "out",
    };
    let title = format!("{} ({} ms)", row.explanation(), row.milliseconds);
    html! { td class=(class) title=(title) { (row.outcome.sign()) } }
}
