//! The report as JUnit XML, for CI systems: one suite for each operation, one test for each case.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::document::{CaseReport, Outcome, Report};

/// Name of the report, and of the suite with the error that ended the run.
const NAME: &str = "toapis contract";

impl Report {
    /// Returns the report as JUnit XML.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let mut junit = quick_junit::Report::new(NAME);
        for operation in self.operations() {
            let mut suite = TestSuite::new(operation);
            let cases = self.cases.iter().filter(|case| case.operation == operation);
            suite.add_test_cases(cases.map(test_case));
            junit.add_test_suite(suite);
        }
        if let Some(error) = &self.error {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(&error.message);
            let mut suite = TestSuite::new(NAME);
            suite.add_test_case(TestCase::new("run", status));
            junit.add_test_suite(suite);
        }
        // Serialization to memory cannot fail: the report has no invalid timestamps.
        junit.to_string().unwrap_or_default()
    }
}

fn test_case(case: &CaseReport) -> TestCase {
    let message = case.message.as_deref();
    let message = message.unwrap_or("the response violates the contract");
    let status = match case.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(message);
            status
        }
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(message);
            status.set_description(case.to_string());
            status
        }
    };
    let mut test = TestCase::new(format!("{}: {}", case.subject, case.variant), status);
    test.set_classname(&case.operation);
    test.set_time(Duration::from_millis(case.milliseconds));
    test.extra
        .insert("file".into(), case.source.file.as_str().into());
    let line = case.source.line.map(|line| line.to_string());
    test.extra
        .insert("line".into(), line.unwrap_or_default().into());
    test
}
