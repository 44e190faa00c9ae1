//! Tests of findings about the generated code.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value, json};

use super::golden::{snapshot, workspace};
use crate::bump::draft;
use crate::diff::{
    DiffReport, ReportFormat, SemverLevel, Severity, SpecRevision, exit_code, render, report,
};
use crate::test_generator::TestGenerator;
use toapis_codegen::public_surface::outline;
use toapis_openapi::Document;

/// Returns the contract before and after an edit.
fn edited(edit: impl FnOnce(&mut Value)) -> (Document, Document, DiffReport) {
    let (dir, old, _) = workspace();
    let text = fs::read_to_string(&old).unwrap();
    let document = Document::parse(&text, "openapi.yaml").unwrap();
    let mut value = document.root().to_value();
    edit(&mut value);
    let edited = || Document::parse(&value.to_string(), "openapi.yaml").unwrap();
    let revision = |document| SpecRevision {
        document,
        revision: None,
    };
    let before = revision(Document::parse(&text, "openapi.yaml").unwrap());
    let report = report(
        dir.path(),
        &before,
        &revision(edited()),
        Vec::new(),
        &TestGenerator,
    )
    .unwrap();
    (document, edited(), report)
}

fn schemas(document: &mut Value) -> &mut Map<String, Value> {
    document["components"]["schemas"].as_object_mut().unwrap()
}

/// Renames a component schema and all references to it.
fn rename(document: &mut Value, from: &str, to: &str) {
    let schema = schemas(document).remove(from).expect(from);
    schemas(document).insert(to.to_owned(), schema);
    let text = document.to_string().replace(
        &format!("\"#/components/schemas/{from}\""),
        &format!("\"#/components/schemas/{to}\""),
    );
    *document = text.parse().unwrap();
}

/// Returns the response of the list of models.
fn models(document: &mut Value) -> &mut Value {
    &mut document["paths"]["/v1/models"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
}

/// Returns each line of the outline of the code, with the lines that enclose it.
fn lines(document: &Document) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for source in toapis_codegen::sources(&document.to_value()).unwrap() {
        // Rules of fields are private.
        if source.path.ends_with("/rules.rs") {
            continue;
        }
        let mut above: Vec<String> = vec![source.path.to_owned()];
        for line in outline(&source.text).unwrap().lines() {
            let depth = (line.len() - line.trim_start().len()) / 2;
            above.truncate(depth + 1);
            above.push(line.trim().to_owned());
            lines.insert(above.join(" / "));
        }
    }
    lines
}

type Edit = fn(&mut Value);

/// Edits that do not change the wire format, with the expected findings.
const EDITS: &[(&str, Edit, &str)] = &[
    ("nothing", |_| {}, ""),
    (
        "a schema that is a type",
        |document| rename(document, "Task", "ImageTask"),
        "schema-renamed",
    ),
    (
        "a schema that is a type in a type, with an enum of its own",
        |document| rename(document, "WebhookTask", "HookTask"),
        "schema-renamed",
    ),
    (
        "a schema without a type",
        |document| rename(document, "SafetySetting", "SafetyChoice"),
        "",
    ),
    (
        "two schemas that mean the same",
        |document| {
            rename(document, "Balance", "Budget");
            rename(document, "ModelList", "Models");
        },
        "schema-renamed, schema-renamed",
    ),
    (
        "two names that change places",
        |document| {
            rename(document, "ModelEntry", "Between");
            rename(document, "ModelList", "ModelEntry");
            rename(document, "Between", "ModelList");
        },
        "code-changed",
    ),
    (
        "a schema that is written out",
        |document| *models(document) = schemas(document).remove("ModelList").unwrap(),
        "schema-removed",
    ),
    (
        "a schema that replaces a remaining one",
        |document| {
            let list = schemas(document)["ModelList"].clone();
            schemas(document).insert("Offer".to_owned(), list);
            *models(document) = json!({"$ref": "#/components/schemas/Offer"});
        },
        "schema-added",
    ),
    (
        "a property that has a name of its own now",
        |document| {
            let data = &mut schemas(document)["ModelList"]["properties"];
            let flag = data["success"].take();
            data["success"] = json!({"$ref": "#/components/schemas/Succeeded"});
            schemas(document).insert("Succeeded".to_owned(), flag);
        },
        "schema-added",
    ),
    (
        "a schema wrapped in allOf",
        |document| {
            let schema = models(document).take();
            *models(document) = json!({"allOf": [schema]});
        },
        "",
    ),
    (
        "an object with a title",
        |document| {
            *models(document) = schemas(document)["ModelList"].clone();
            models(document)["title"] = "Offer".into();
        },
        "code-changed",
    ),
    (
        "a path parameter",
        |document| {
            let text = document.to_string();
            let text = text
                .replace("{task_id}", "{id}")
                .replace("\"task_id\":\"$response", "\"id\":\"$response")
                .replace("\"name\":\"task_id\"", "\"name\":\"id\"");
            *document = text.parse().unwrap();
        },
        "parameter-renamed",
    ),
    (
        "an operation",
        |document| {
            let text = document.to_string().replace("listModels", "offer");
            *document = text.parse().unwrap();
        },
        "operation-id-changed",
    ),
];

#[test]
fn lost_code_is_always_reported() {
    let mut wrong = String::new();
    for (name, edit, expected) in EDITS {
        let (old, new, report) = edited(edit);
        let codes: Vec<_> = report.findings.iter().map(|f| f.code.as_str()).collect();
        let (before, after) = (lines(&old), lines(&new));
        let level = match (before.is_subset(&after), after.is_subset(&before)) {
            (true, true) => SemverLevel::None,
            (true, false) => SemverLevel::Minor,
            _ => SemverLevel::Major,
        };
        let severity = match level {
            SemverLevel::None => None,
            SemverLevel::Patch | SemverLevel::Minor => Some(Severity::Info),
            SemverLevel::Major => Some(Severity::Warning),
        };
        let found = codes.join(", ");
        if (found.as_str(), report.worst(), report.level()) != (expected, severity, level) {
            let lines: Vec<_> = before.symmetric_difference(&after).cloned().collect();
            let (worst, needed) = (report.worst(), report.level());
            writeln!(
                wrong,
                "{name}\n  expected {expected} {severity:?} {level:?}\n  found    {found} {worst:?} {needed:?}\n  {}",
                lines.join("\n  ")
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Returns the report on a renamed schema.
fn renamed() -> DiffReport {
    edited(|document| rename(document, "Task", "ImageTask")).2
}

#[test]
fn renamed_schema_in_text_and_markdown() {
    let report = renamed();
    snapshot(
        "renamed-text",
        &render(&report, ReportFormat::Text).unwrap(),
    );
    snapshot(
        "renamed-markdown",
        &render(&report, ReportFormat::Markdown).unwrap(),
    );
    assert_eq!(exit_code(&report), 3);
}

#[test]
fn renamed_schema_in_json_and_changelog() {
    let report = renamed();
    let finding = serde_json::to_string_pretty(&report.findings).unwrap();
    snapshot("renamed-json", &finding);
    insta::assert_snapshot!("renamed-changelog", draft(&report));
}

/// Returns the items of the findings with a code; renamed items have both names.
fn items(report: &DiffReport, code: &str) -> Vec<String> {
    let findings = report.findings.iter().filter(|f| f.code == code);
    findings
        .flat_map(|finding| &finding.items)
        .map(|item| match &item.becomes {
            Some(now) => format!("{} -> {now}", item.path),
            None => item.path.clone(),
        })
        .collect()
}

#[test]
fn renamed_item_has_both_names() {
    let of = |name: &str| EDITS.iter().find(|(other, ..)| *other == name).unwrap().1;
    for (name, code, expected) in [
        (
            "a schema that is a type in a type, with an enum of its own",
            "schema-renamed",
            vec![
                "WebhookTaskStatus -> HookTaskStatus",
                "WebhookTaskTaskType -> HookTaskTaskType",
                "types::WebhookEvent::data",
                "types::WebhookTask -> types::HookTask",
            ],
        ),
        (
            "a schema that is written out",
            "schema-removed",
            vec![
                "Client::list_models",
                "types::ModelList -> types::ListModelsResponse",
                "operations::ListModelsThen::ok",
            ],
        ),
        (
            "an object with a title",
            "code-changed",
            vec![
                "Client::list_models",
                "types::ModelList -> types::Offer",
                "operations::ListModelsThen::ok",
            ],
        ),
    ] {
        let (.., report) = edited(of(name));
        assert_eq!(items(&report, code), expected, "{name}");
    }
    let (.., report) = edited(of("a path parameter"));
    let mock = "operations::GetImageTaskWhen::task_id -> operations::GetImageTaskWhen::id";
    let items = items(&report, "parameter-renamed");
    assert!(items.contains(&mock.to_owned()), "{items:?}");
}

#[test]
fn items_of_a_removed_operation_are_reported_with_it() {
    let (.., report) = edited(|document| {
        let paths = document["paths"].as_object_mut().unwrap();
        paths.remove("/v1/models");
        schemas(document).remove("ModelList");
        schemas(document).remove("ModelEntry");
    });
    let codes: Vec<_> = report.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["operation-removed"]);
}

#[test]
fn renamed_schema_needs_the_same_bump_without_code() {
    // The statuses of a task are read from this schema, so no code can be generated.
    let (.., report) = edited(|document| rename(document, "TaskStatus", "JobStatus"));
    assert!(report.notes[0].contains("Rust items are omitted"));
    let codes: Vec<_> = report.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["schema-renamed"]);
    assert_eq!(exit_code(&report), 3);
    let level = |name: &str| {
        let semver = report.crates.iter().find(|semver| semver.name == name);
        semver.unwrap().level
    };
    assert_eq!(level("toapis-client"), SemverLevel::Major);
    assert_eq!(level("toapis-mock"), SemverLevel::Major);
    assert_eq!(level("toapis-contract"), SemverLevel::None);
}

/// Edits that break nobody on the wire, with the expected findings.
const QUIET: &[(&str, Edit, &str)] = &[
    (
        "a state that no task is in any more",
        |document| {
            let states = &mut schemas(document)["TaskStatus"];
            let all = states["enum"].as_array_mut().unwrap();
            all.retain(|state| state != "submitted");
            let rows = states["x-states"].as_object_mut().unwrap();
            rows.remove("submitted");
        },
        "code-changed toapis: TaskStatus::Submitted, toapis-client: TaskStatus::Submitted",
    ),
    (
        "a parameter that may be sent",
        |document| {
            let parameters = &mut document["paths"]["/v1/models"]["get"]["parameters"];
            let page = json!({"name": "page", "in": "query", "schema": {"type": "integer"}});
            parameters.as_array_mut().unwrap().push(page);
        },
        "code-changed toapis-client: Client::list_models, toapis-client: Client::list_models_request",
    ),
    (
        "an error of a meaning that is known",
        |document| error(document, "rate_limited"),
        "",
    ),
    (
        "an error of a new meaning",
        |document| error(document, "zebra_strike"),
        "meaning-changed toapis: generated::errors::ERRORS, toapis: generated::errors::ErrorCategory::ZebraStrike",
    ),
    (
        "the last error of a meaning",
        |document| {
            let errors = document["x-errors"].as_array_mut().unwrap();
            errors.retain(|row| row["kind"] != "model_unavailable");
        },
        "meaning-changed toapis: generated::errors::ERRORS, toapis: generated::errors::ErrorCategory::ModelUnavailable",
    ),
];

/// Adds an error with a meaning.
fn error(document: &mut Value, kind: &str) {
    let row = json!({"status": 429, "code": "too_many_zebras", "kind": kind, "task_made": false, "resend": "after_wait"});
    document["x-errors"].as_array_mut().unwrap().push(row);
}

#[test]
fn code_break_without_a_wire_break_is_a_warning() {
    for (name, edit, expected) in QUIET {
        let (.., report) = edited(edit);
        assert_eq!(report.notes, Vec::<String>::new(), "{name}");
        let loud = report
            .findings
            .iter()
            .filter(|f| f.severity != Severity::Info);
        let found: Vec<_> = loud
            .map(|finding| {
                assert_eq!(finding.severity, Severity::Warning, "{name}");
                let items = finding.items.iter();
                let items: Vec<_> = items
                    .map(|item| format!("{}: {}", item.package, item.path))
                    .collect();
                format!("{} {}", finding.code, items.join(", "))
            })
            .collect();
        assert_eq!(found.join("; "), *expected, "{name}");
    }
}
