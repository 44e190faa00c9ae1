//! Single changes with their expected findings, from the lists in `cases/`.

use super::{check, document};

/// A case of a list: its name, and the text of each key.
struct Case<'t> {
    name: &'t str,
    lines: Vec<(&'t str, &'t str)>,
}

impl<'t> Case<'t> {
    /// Returns the text of a key.
    fn get(&self, key: &str) -> &'t str {
        let line = self.lines.iter().find(|(other, _)| *other == key);
        line.unwrap_or_else(|| panic!("{} has no `{key}`", self.name))
            .1
    }

    /// Returns the findings of a key, in the form of [`check`].
    fn findings(&self, key: &str) -> String {
        self.get(key).trim_matches(['[', ']']).replace(", ", "; ")
    }
}

/// Parses the cases of a list as text, which keeps the order of keys.
fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("- name: ") {
            cases.push(Case {
                name,
                lines: Vec::new(),
            });
        } else if let (Some(case), Some(line)) = (cases.last_mut(), line.strip_prefix("  ")) {
            case.lines.push(line.split_once(": ").unwrap());
        }
    }
    assert!(cases.len() > 10, "the list is shorter than it was");
    cases
}

fn with_operation(operation: &str) -> String {
    format!(
        "paths: {{/a: {{post: {operation}}}}}
components:
  securitySchemes:
    key: {{type: http, scheme: bearer}}
    samekey: {{type: http, scheme: Bearer, description: the same}}
    other: {{type: apiKey, in: header, name: X-Key}}
    login: {{type: oauth2, flows: {{password: {{tokenUrl: 'https://a.example/t'}}}}}}
"
    )
}

#[test]
fn keyword_change_is_found_in_requests() {
    let cases = cases(include_str!("cases/schemas.yaml"));
    check(cases.iter().map(|case| {
        let text = |key| document(case.get(key), "{}");
        (
            case.name,
            text("old"),
            text("new"),
            case.findings("request"),
        )
    }));
}

#[test]
fn keyword_change_is_found_in_responses() {
    let cases = cases(include_str!("cases/schemas.yaml"));
    check(cases.iter().map(|case| {
        let text = |key| document("{}", case.get(key));
        (case.name, text("old"), text("new"), case.findings("answer"))
    }));
}

#[test]
fn equivalent_schemas_have_no_findings() {
    let cases = cases(include_str!("cases/same.yaml"));
    check(cases.iter().flat_map(|case| {
        let (old, new) = (case.get("old"), case.get("new"));
        [
            (
                case.name,
                document(old, "{}"),
                document(new, "{}"),
                String::new(),
            ),
            (
                case.name,
                document("{}", old),
                document("{}", new),
                String::new(),
            ),
            (
                case.name,
                document(new, old),
                document(old, new),
                String::new(),
            ),
        ]
    }));
}

#[test]
fn operation_change_is_found() {
    let cases = cases(include_str!("cases/operations.yaml"));
    check(cases.iter().map(|case| {
        let text = |key| with_operation(case.get(key));
        (case.name, text("old"), text("new"), case.findings("found"))
    }));
}

#[test]
fn document_change_is_found() {
    let cases = cases(include_str!("cases/documents.yaml"));
    check(cases.iter().map(|case| {
        let text = |key| case.get(key).to_owned();
        (case.name, text("old"), text("new"), case.findings("found"))
    }));
}

#[test]
fn table_change_is_found() {
    let cases = cases(include_str!("cases/tables.yaml"));
    check(cases.iter().map(|case| {
        let text = |key| case.get(key).to_owned();
        (case.name, text("old"), text("new"), case.findings("found"))
    }));
}
