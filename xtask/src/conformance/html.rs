//! The results as a page for people.

use std::fmt::Write as _;

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
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Conformance</title>\n<style>{STYLE}</style>\n<h1>What each transport does to a payment request</h1>\n"
    );
    summaries(matrix, &mut page);
    page.push_str(
        "<p><span class=pass>✓</span> passes, <span class=fail>&nbsp;✗&nbsp;</span> fails, \
         <span class=known>(✗)</span> is known to fail, <span class=out>–</span> opted out. Point at a sign for the reason and \
         the time.</p>\n",
    );
    table(matrix, &mut page);
    page.push_str("</html>\n");
    page
}

fn summaries(matrix: &Matrix, page: &mut String) {
    page.push_str("<ul>\n");
    for transport in &matrix.transports {
        let _ = writeln!(page, "<li>{}</li>", escaped(&matrix.summary(transport)));
    }
    page.push_str("</ul>\n<ul>\n");
    for failure in matrix.failures() {
        let _ = writeln!(page, "<li class=fail>{}</li>", escaped(&failure));
    }
    page.push_str("</ul>\n");
}

fn table(matrix: &Matrix, page: &mut String) {
    page.push_str("<table>\n<thead><tr><th>case</th>");
    for transport in &matrix.transports {
        let _ = write!(page, "<th>{}</th>", escaped(transport));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let mut group = "";
    for case in &matrix.cases {
        let (this, variant) = case.split_once('/').unwrap_or((case, ""));
        if this != group && !variant.is_empty() {
            let columns = matrix.transports.len() + 1;
            let _ = writeln!(
                page,
                "<tr class=group><td colspan={columns}>{}</td></tr>",
                escaped(this)
            );
        }
        group = this;
        let shown = if variant.is_empty() { case } else { variant };
        let _ = write!(page, "<tr><td>{}</td>", escaped(shown));
        for transport in &matrix.transports {
            cell(matrix, transport, case, page);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n");
}

fn cell(matrix: &Matrix, transport: &str, case: &str, page: &mut String) {
    let Some(row) = matrix.at(transport, case) else {
        page.push_str("<td></td>");
        return;
    };
    let class = match row.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::KnownFailure => "known",
        Outcome::OptedOut => "out",
    };
    let title = [
        row.outcome.name(),
        row.reason.as_str(),
        row.message.as_str(),
    ];
    let title: Vec<_> = title.into_iter().filter(|part| !part.is_empty()).collect();
    let title = format!("{} ({} ms)", title.join(": "), row.milliseconds);
    let _ = write!(
        page,
        "<td class={class} title=\"{}\">{}</td>",
        escaped(&title),
        row.outcome.sign()
    );
}

/// A text that neither HTML nor XML takes for its own.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write these.
            control if control.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}
