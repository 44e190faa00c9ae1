//! Tests of the comparison: single changes, and laws that hold for any two contracts.

mod cases;
mod golden;
mod laws;
mod messages;
mod names;
mod page;
mod pairs;
mod revision;
mod semver;
mod witnesses;

use super::{Finding, compare};
use toapis_openapi::Document;

fn parse(text: &str) -> Document {
    Document::parse(text, "openapi.yaml").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Compares two texts.
fn between(old: &str, new: &str) -> Vec<Finding> {
    compare(&parse(old), &parse(new))
}

/// Returns findings as `code severity direction semver`, sorted.
fn summary(findings: &[Finding]) -> String {
    let mut lines: Vec<_> = findings
        .iter()
        .map(|finding| {
            format!(
                "{} {} {} {}",
                finding.code,
                finding.severity.name(),
                finding.direction.name(),
                finding.semver.name()
            )
        })
        .collect();
    lines.sort();
    lines.join("; ")
}

/// Returns a document whose one operation has these schemas.
fn document(request: &str, response: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{title: t, version: '1'}}
paths:
  /things:
    post:
      operationId: makeThing
      requestBody: {{content: {{application/json: {{schema: {request}}}}}}}
      responses: {{'200': {{description: ok, content: {{application/json: {{schema: {response}}}}}}}}}
components:
  schemas:
    A: {{type: string, maxLength: 9}}
    B: {{type: integer}}
    Node: {{type: object, properties: {{next: {{$ref: '#/components/schemas/Node'}}, name: {{type: string}}}}}}
"
    )
}

/// Checks a table of cases, and reports all failures at once.
fn check<S: AsRef<str>>(cases: impl IntoIterator<Item = (&'static str, String, String, S)>) {
    let mut wrong = Vec::new();
    for (name, old, new, expected) in cases {
        let found = summary(&between(&old, &new));
        let expected = expected.as_ref();
        if found != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns a contract whose one operation takes strings up to a limit.
pub(crate) fn contract(limit: u32) -> String {
    format!(
        "paths: {{/a: {{post: {{operationId: make, requestBody: {{content: {{a/b: {{schema: {{maxLength: {limit}}}}}}}}}}}}}}}\n"
    )
}
