//! The failures as SARIF 2.1.0, so that code review shows them on the lines of openapi.yaml.

use serde_json::{Value, json};

use super::report::{CaseReport, Report};
use crate::violation::Violation;

impl Report {
    /// The failures as SARIF 2.1.0: one result for each violation, on the line of its rule; one for a case that has none.
    #[must_use]
    pub fn to_sarif(&self) -> String {
        let results: Vec<Value> = self.failures().flat_map(results).collect();
        let sarif = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": env!("CARGO_PKG_NAME"),
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                }},
                "results": results,
            }],
        });
        format!("{sarif:#}")
    }
}

fn results(case: &CaseReport) -> Vec<Value> {
    let mut results: Vec<Value> = case
        .violations
        .iter()
        .map(|violation| of_violation(case, violation))
        .collect();
    if let Some(message) = &case.message {
        let text = format!("{}: {message}", case.name());
        results.push(result(
            "outcome",
            &text,
            &case.source.file,
            case.source.line,
        ));
    }
    results
}

fn of_violation(case: &CaseReport, violation: &Violation) -> Value {
    let text = format!("{}: {violation}", case.name());
    result(violation.rule(), &text, &case.source.file, violation.line())
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
