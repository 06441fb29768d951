//! The results as JUnit's XML, for CI systems.

use std::fmt::Write as _;

use super::html::escaped;
use super::matrix::{Matrix, Outcome};

pub(crate) fn report(matrix: &Matrix) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for transport in &matrix.transports {
        let rows: Vec<_> = matrix.of(transport).collect();
        let failures = matrix.count(transport, Outcome::Fail);
        let skipped = rows.len() - failures - matrix.count(transport, Outcome::Pass);
        let name = escaped(transport);
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\">",
            rows.len()
        );
        for row in rows {
            let seconds = row.milliseconds as f64 / 1000.0;
            let case = escaped(&row.case);
            let _ = write!(
                text,
                "    <testcase classname=\"{name}\" name=\"{case}\" time=\"{seconds:.3}\""
            );
            let _ = match row.outcome {
                Outcome::Pass => writeln!(text, "/>"),
                Outcome::Fail => {
                    writeln!(
                        text,
                        "><failure message=\"{}\"/></testcase>",
                        escaped(&row.message)
                    )
                }
                Outcome::KnownFailure | Outcome::OptedOut => {
                    let reason = escaped(&row.reason);
                    writeln!(
                        text,
                        "><skipped message=\"{}: {reason}\"/></testcase>",
                        row.outcome.name()
                    )
                }
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}
