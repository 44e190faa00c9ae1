//! Tests of contexts and messages.

use super::{between, parse};
use crate::diff::report::FindingCounts;
use crate::diff::resolved_schema::component;
use crate::diff::{
    CrateBump, DiffReport, ReportFormat, RevisionInfo, RustItem, SemverLevel, render,
};

/// Returns a document with one operation at a path.
fn operation(path: &str, text: &str) -> String {
    format!(
        "components: {{securitySchemes: {{key: {{type: http, scheme: bearer}}, login: {{type: oauth2, flows: {{password: {{tokenUrl: 'https://t'}}}}}}}}}}\npaths: {{'{path}': {{post: {text}}}}}"
    )
}

#[test]
fn finding_has_its_context_and_message() {
    let body = |schema: &str| {
        format!("{{operationId: make, requestBody: {{content: {{a/b: {{schema: {schema}}}}}}}}}")
    };
    let answer = |schema: &str| {
        format!("{{responses: {{default: {{content: {{a/b: {{schema: {schema}}}}}}}}}}}")
    };
    let secured = |security: &str| format!("{{operationId: make, security: [{security}]}}");
    for (old, new, expected) in [
        (
            body(
                "{type: object, properties: {a: {type: array, items: {type: object, properties: {b: {maxLength: 9}}}}}}",
            ),
            body(
                "{type: object, properties: {a: {type: array, items: {type: object, properties: {b: {maxLength: 8}}}}}}",
            ),
            "make: request body, a[].b",
        ),
        (
            answer("{maxLength: 8}"),
            answer("{maxLength: 9}"),
            "POST /a: response default",
        ),
        (
            "{operationId: make}".to_owned(),
            "{operationId: make, deprecated: true}".to_owned(),
            "make",
        ),
        (
            "{servers: [{url: 'https://a'}]}".to_owned(),
            "{servers: [{url: 'https://a'}, {url: 'https://b'}]}".to_owned(),
            "POST /a: servers",
        ),
        (
            "{responses: {'200': {headers: {X-A: {schema: {type: string}}}}}}".to_owned(),
            "{responses: {'200': {}}}".to_owned(),
            "POST /a: response 200, header, X-A",
        ),
        (
            "{parameters: [{name: p, in: query}]}".to_owned(),
            "{}".to_owned(),
            "POST /a: query parameter, p",
        ),
        (
            "{parameters: [{name: p, in: query}]}".to_owned(),
            "{parameters: [{name: p, in: query, required: true}]}".to_owned(),
            "POST /a: query parameter, p | `p` became required",
        ),
        (
            body("{type: string}"),
            body("{type: integer}"),
            "make: request body | the type changed from `string` to `integer`",
        ),
        (
            body("{type: integer}"),
            body("{type: integer, enum: [1, 2]}"),
            "make: request body | the allowed values changed from any to `1`, `2`",
        ),
        (
            secured("{key: []}"),
            secured("{key: []}, {login: [read, write]}"),
            "make: security | OAuth 2 by password https://t (read write) now grants access",
        ),
        (
            secured("{key: [], login: []}"),
            secured("{}"),
            "make: security | nothing now grants access",
        ),
        (
            secured("{}"),
            secured("{key: [], login: []}"),
            "make: security | nothing no longer grants access",
        ),
        (
            secured("{key: [], login: [read]}"),
            secured("{key: [], login: [write]}"),
            "make: security | OAuth 2 by password https://t (read) and http bearer no longer grants access",
        ),
    ] {
        let found = between(&operation("/a", &old), &operation("/a", &new));
        let found: Vec<_> = found
            .iter()
            .map(|finding| format!("{} | {}", finding.context, finding.message))
            .collect();
        let is_expected = if expected.contains('|') {
            found.iter().any(|line| line == expected)
        } else {
            !found.is_empty()
                && found
                    .iter()
                    .all(|line| line.split(" | ").next() == Some(expected))
        };
        assert!(is_expected, "{expected}\n{found:#?}");
    }
}

#[test]
fn table_finding_names_its_row() {
    for (old, new, context, value) in [
        (
            "{x-sizes: {'1:1': {}, '2:3': {}}}",
            "{x-sizes: {'1:1': {}}}",
            "x-sizes, 2:3",
            "2:3",
        ),
        (
            "{x-upload: {media_types: [a/b, c/d]}}",
            "{x-upload: {media_types: [a/b]}}",
            "x-upload, c/d",
            "c/d",
        ),
        (
            "{x-models: {a: {aliases: [b]}}}",
            "{x-models: {a: {}}}",
            "x-models, a, b",
            "a",
        ),
    ] {
        let found = between(old, new);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].context, context);
        assert_eq!(found[0].subject.value.as_deref(), Some(value));
    }
}

#[test]
fn only_components_are_named_schemas() {
    let document = parse(
        "{components: {schemas: {A: {properties: {schemas: {items: {type: string}}}}}, headers: {X-A: {}}}}",
    );
    for (pointer, expected) in [
        ("/components/schemas/A", Some("A")),
        ("/components/schemas/A/properties/schemas/items", None),
        ("/components/headers/X-A", None),
    ] {
        let node = document.at(pointer).unwrap();
        assert_eq!(component(node), expected, "{pointer}");
    }
}

/// Returns a report of one finding that affects `count` items.
fn report_affecting(count: usize) -> DiffReport {
    let side = |name: &str| RevisionInfo {
        name: name.to_owned(),
        commit: None,
    };
    let mut findings = between(
        &operation("/a", "{}"),
        &operation("/a", "{deprecated: true}"),
    );
    findings[0].items = (0..count)
        .map(|number| RustItem {
            package: "toapis".to_owned(),
            path: format!("item{number}"),
            file: "a.rs".to_owned(),
            becomes: None,
        })
        .collect();
    DiffReport {
        old: side("old.yaml"),
        new: side("new.yaml"),
        notes: Vec::new(),
        counts: FindingCounts::default(),
        findings,
        crates: Vec::new(),
    }
}

#[test]
fn long_item_lists_are_truncated_with_a_count() {
    for (count, expected) in [(7, None), (8, None), (9, Some("and 1 more"))] {
        for format in [ReportFormat::Text, ReportFormat::Markdown] {
            let text = render(&report_affecting(count), format).unwrap();
            assert!(text.contains("item6"), "{text}");
            match expected {
                Some(rest) => assert!(text.contains(rest), "{text}"),
                None => assert!(!text.contains(" more"), "{text}"),
            }
        }
    }
}

#[test]
fn unchanged_versions_are_not_shown() {
    let mut report = report_affecting(1);
    report.crates.push(CrateBump {
        name: "toapis".to_owned(),
        level: SemverLevel::None,
        released: "0.1.0".to_owned(),
        needed: "0.1.0".to_owned(),
        current: "0.1.0".to_owned(),
        reasons: Vec::new(),
    });
    for format in [ReportFormat::Text, ReportFormat::Markdown] {
        let text = render(&report, format).unwrap();
        assert!(!text.contains("0.1.0"), "{text}");
    }
    report.crates[0].level = SemverLevel::Patch;
    for format in [ReportFormat::Text, ReportFormat::Markdown] {
        let text = render(&report, format).unwrap();
        assert!(text.contains("0.1.0"), "{text}");
    }
}
