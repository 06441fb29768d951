//! The results as a page for people.

use std::mem;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::matrix::{Matrix, explanation, shown};

const STYLE: &str = include_str!("html.css");

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
                    span.known { "(✗)" } " is known to fail, " span.opted { "–" } " is opted out. "
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
    let (name, sign) = shown(row.outcome);
    let title = format!("{} ({} ms)", explanation(row), row.milliseconds);
    html! { td class=(name) title=(title) { (sign) } }
}
