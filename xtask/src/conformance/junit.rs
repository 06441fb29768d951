//! The results in JUnit's format, for CI systems.

use std::time::Duration;

use anyhow::Result;
use bambora_conformance::CaseOutcome;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::matrix::{Matrix, explanation};

pub(crate) fn report(matrix: &Matrix) -> Result<String> {
    let mut report = Report::new("conformance");
    for transport in &matrix.transports {
        let mut suite = TestSuite::new(transport.as_str());
        for row in matrix.of(transport) {
            let mut status = match row.outcome {
                CaseOutcome::Pass => TestCaseStatus::success(),
                CaseOutcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
                CaseOutcome::KnownFailure | CaseOutcome::OptedOut => TestCaseStatus::skipped(),
            };
            status.set_message(explanation(row));
            let mut case = TestCase::new(row.case.as_str(), status);
            case.set_classname(transport.as_str());
            case.set_time(Duration::from_millis(row.milliseconds));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    Ok(report.to_string()?)
}
