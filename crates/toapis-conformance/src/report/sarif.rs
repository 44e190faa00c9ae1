//! The failed cases as SARIF 2.1.0, so that code review shows them on the lines of openapi.yaml.
//!
//! Written by hand: the published SARIF crates model the whole standard, and this is one object.

use serde_json::{Value, json};
use toapis_contract::Violation;

use super::document::{CaseReport, Report};

impl Report {
    /// Returns the failed cases as SARIF 2.1.0.
    ///
    /// Each violation is a result on the line of its rule, and so is the message of each case.
    #[must_use]
    pub fn to_sarif(&self) -> String {
        let results: Vec<Value> = self.failures().flat_map(case_results).collect();
        let mut driver = json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
        });
        let repository = env!("CARGO_PKG_REPOSITORY");
        if !repository.is_empty() {
            driver["informationUri"] = json!(repository);
        }
        let mut invocation = json!({"executionSuccessful": self.error.is_none()});
        if let Some(error) = &self.error {
            invocation["toolExecutionNotifications"] =
                json!([{"level": "error", "message": {"text": error.message}}]);
        }
        let sarif = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": driver},
                "invocations": [invocation],
                "results": results,
            }],
        });
        format!("{sarif:#}")
    }
}

fn case_results(case: &CaseReport) -> Vec<Value> {
    let violations = case
        .violations
        .iter()
        .map(|violation| violation_result(case, violation));
    let message = case.message.iter().map(|message| {
        let text = format!("{}: {message}", case.name());
        result("outcome", &text, &case.source.file, case.source.line)
    });
    violations.chain(message).collect()
}

fn violation_result(case: &CaseReport, violation: &Violation) -> Value {
    let text = format!("{}: {violation}", case.name());
    let line = violation.line();
    result(violation.keyword(), &text, &case.source.file, line)
}

fn result(rule: &str, text: &str, file: &str, line: Option<u64>) -> Value {
    json!({
        "ruleId": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": file},
            "region": {"startLine": line.unwrap_or(1)},
        }}],
    })
}
