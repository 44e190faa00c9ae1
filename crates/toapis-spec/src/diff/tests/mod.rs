//! Tests of the comparison: single changes one by one, and laws that hold of any two contracts.

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

/// What is found between two texts.
fn between(old: &str, new: &str) -> Vec<Finding> {
    compare(&parse(old), &parse(new))
}

/// Findings as the tables below write them: `code severity direction semver`, in the order of their names.
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

/// A document whose one operation takes and gives what is told.
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

/// Everything that goes wrong in a table of cases, at once.
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

/// A contract whose one operation takes texts up to a limit.
pub(crate) fn contract(limit: u32) -> String {
    format!(
        "paths: {{/a: {{post: {{operationId: make, requestBody: {{content: {{a/b: {{schema: {{maxLength: {limit}}}}}}}}}}}}}}}\n"
    )
}
