//! A realistic change in all three formats: a lowered limit, a removed size, and a new status,
//! field and operation.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::diff::{
    DiffArguments, DiffReport, ReportFormat, SourceLocation, SpecRevision, exit_code, report, run,
};
use crate::test_generator::TestGenerator;
use toapis_openapi::Document;

const CHANGES: [(&str, &str); 6] = [
    ("      maxLength: 1000\n", "      maxLength: 800\n"),
    (
        "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3']\n",
        "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2']\n",
    ),
    (
        "      enum: [pending, queued,",
        "      enum: [cancelled, pending, queued,",
    ),
    (
        "        pending: { final: false,",
        "        cancelled: { final: true, source: docs }\n        pending: { final: false,",
    ),
    (
        "        fail_reason:\n",
        "        seed:\n          description: What it was made from.\n          type: integer\n          nullable: true\n        fail_reason:\n",
    ),
    (
        "  /v1/images/edits:\n",
        "  /v1/images/generations/{task_id}/cancel:
    post:
      operationId: cancelImageTask
      tags: [images]
      summary: Cancel an image task
      description: Stops a task that is not final.
      x-safe-to-repeat: true
      parameters:
        - name: task_id
          in: path
          required: true
          description: The task's `id`.
          schema:
            type: string
          example: task_img_abc123def456
      responses:
        '200':
          description: The task as it stands.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Task'
  /v1/images/edits:\n",
    ),
];

/// Creates a workspace with the files that a report reads, and the old and the new contract.
pub(super) fn workspace() -> (TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    };
    write("Cargo.toml", "[workspace.package]\nversion = \"0.1.0\"\n");
    for name in ["toapis", "toapis-client", "toapis-mock", "toapis-contract"] {
        write(
            &format!("crates/{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\n"),
        );
    }
    write(
        "crates/toapis/src/images.rs",
        "impl Images { fn state(task: &types::Task) { task.status; } fn other(&self) { self.status } }
fn portrait() { Size::Portrait2x3 }",
    );
    let mut text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.yaml"))
            .unwrap();
    let old = write("old.yaml", &text);
    for (before, after) in CHANGES {
        assert!(
            text.contains(before),
            "openapi.yaml has no `{before}` any more"
        );
        text = text.replacen(before, after, 1);
    }
    let new = write("new.yaml", &text);
    (dir, old, new)
}

fn run_diff(format: ReportFormat) -> (String, u8) {
    let (dir, _, _) = workspace();
    let arguments = DiffArguments {
        old: Some("old.yaml".to_owned()),
        new: Some("new.yaml".to_owned()),
        format,
        no_overlays: false,
    };
    run(dir.path(), &arguments, &TestGenerator).unwrap()
}

/// Lines move with every edit of the contract; another test checks them.
pub(super) fn snapshot(name: &str, text: &str) {
    insta::with_settings!({filters => vec![
        (r"yaml:\d+:\d+", "yaml:LINE:COLUMN"),
        (r"\| \d+:\d+ \| \d+:\d+ \|", "| LINE:COLUMN | LINE:COLUMN |"),
        (r#""(line|column)": \d+"#, "\"$1\": N"),
    ]}, { insta::assert_snapshot!(name, text) });
}

#[test]
fn change_as_text() {
    let (text, code) = run_diff(ReportFormat::Text);
    snapshot("text", &text);
    assert_eq!(code, 1);
}

#[test]
fn change_as_markdown() {
    snapshot("markdown", &run_diff(ReportFormat::Markdown).0);
}

#[test]
fn change_as_json() {
    snapshot("json", &run_diff(ReportFormat::Json).0);
}

#[test]
fn json_schema_of_the_report_is_stable() {
    let schema = schemars::schema_for!(DiffReport);
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}

fn whole() -> (DiffReport, SpecRevision, SpecRevision) {
    let (dir, old, new) = workspace();
    let revision = |file: &Path| SpecRevision {
        document: Document::read(file, "openapi.yaml").unwrap(),
        revision: None,
    };
    let (old, new) = (revision(&old), revision(&new));
    let report = report(dir.path(), &old, &new, Vec::new(), &TestGenerator).unwrap();
    (report, old, new)
}

#[test]
fn every_finding_has_locations_in_both_contracts() {
    let (report, old, new) = whole();
    let is_there = |revision: &SpecRevision, spot: &Option<SourceLocation>| {
        let spot = spot.as_ref().expect("a place");
        let node = revision
            .document
            .at(&spot.pointer)
            .expect("a pointer that leads somewhere");
        assert_eq!(
            (node.location().line, node.location().column),
            (spot.line, spot.column),
            "{}",
            spot.pointer
        );
    };
    assert!(!report.findings.is_empty());
    for finding in &report.findings {
        is_there(&old, &finding.old);
        is_there(&new, &finding.new);
    }
}

#[test]
fn items_of_findings_exist_in_the_generated_code() {
    let (report, ..) = whole();
    let items = |code: &str| -> Vec<String> {
        let found = report
            .findings
            .iter()
            .filter(|finding| finding.code == code);
        found
            .flat_map(|finding| &finding.items)
            .map(|item| format!("{} {}", item.package, item.path))
            .collect()
    };
    assert!(
        items("max-length-lowered")
            .contains(&"toapis-client types::ImageRequest::prompt".to_owned())
    );
    assert!(
        items("max-length-lowered").contains(&"toapis generated::rules::SHORT_PROMPT".to_owned())
    );
    assert!(items("enum-value-removed").contains(&"toapis Size::Portrait2x3".to_owned()));
    assert!(items("enum-value-removed").contains(&"toapis images::portrait".to_owned()));
    assert!(items("final-state-added").contains(&"toapis TaskStatus::Cancelled".to_owned()));
    assert!(items("final-state-added").contains(&"toapis images::Images::state".to_owned()));
    assert!(!items("final-state-added").contains(&"toapis images::Images::other".to_owned()));
    assert!(items("property-added").contains(&"toapis-client types::Task::seed".to_owned()));
    assert!(
        items("operation-added").contains(&"toapis-client Client::cancel_image_task".to_owned())
    );
    assert!(
        items("operation-added")
            .contains(&"toapis-mock operations::CancelImageTaskWhen".to_owned())
    );
    assert_eq!(exit_code(&report), 1);
}

/// Returns the report on the contract with all occurrences of one text replaced.
fn report_of(from: &str, to: &str) -> DiffReport {
    let (dir, old, new) = workspace();
    let text = fs::read_to_string(&old).unwrap();
    assert!(text.contains(from), "openapi.yaml has no `{from}`");
    fs::write(&new, text.replace(from, to)).unwrap();
    let read = |file: &Path| SpecRevision {
        document: Document::read(file, "openapi.yaml").unwrap(),
        revision: None,
    };
    report(
        dir.path(),
        &read(&old),
        &read(&new),
        Vec::new(),
        &TestGenerator,
    )
    .unwrap()
}

#[test]
fn renamed_operation_affects_items_of_both_names() {
    let report = report_of(
        "operationId: getImageTask\n",
        "operationId: readImageTask\n",
    );
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.code == "operation-id-changed")
        .unwrap();
    let items: Vec<_> = finding
        .items
        .iter()
        .map(|item| (item.path.as_str(), item.becomes.as_deref()))
        .collect();
    for item in [
        ("Client::get_image_task", "Client::read_image_task"),
        (
            "operations::GetImageTaskWhen",
            "operations::ReadImageTaskWhen",
        ),
    ] {
        assert!(
            items.contains(&(item.0, Some(item.1))),
            "{item:?}: {items:?}"
        );
    }
}

#[test]
fn model_row_affects_the_model_only() {
    let report = report_of("    aliases: [nano-banana]\n", "    aliases: []\n");
    let finding = &report.findings[0];
    let items: Vec<_> = finding
        .items
        .iter()
        .map(|item| item.path.as_str())
        .collect();
    assert!(
        items.contains(&"Model::Gemini25FlashImagePreview"),
        "{items:?}"
    );
    assert!(items.contains(&"generated::models::MODELS"), "{items:?}");
    assert!(
        !items.iter().any(|item| item.contains("rules::")),
        "{items:?}"
    );
}
