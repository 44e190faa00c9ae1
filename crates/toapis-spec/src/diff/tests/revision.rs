//! Tests of names on the command line: files and revisions.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{contract, parse};
use crate::diff::{DiffArguments, ReportFormat, run};
use crate::test_generator::TestGenerator;
use toapis_test_support::git::{git, repository, write_file};

/// Creates a repository whose contract has the limit 9 at first, 8 at `HEAD`, and 7 in the working
/// tree.
fn narrowed_repository() -> TempDir {
    let dir = repository(&[
        ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n"),
        ("openapi.yaml", &contract(9)),
    ]);
    write_file(dir.path(), "openapi.yaml", &contract(8));
    git(dir.path(), &["commit", "--quiet", "-am", "second"]);
    write_file(dir.path(), "openapi.yaml", &contract(7));
    dir
}

fn run_diff(root: &Path, old: Option<&str>, new: Option<&str>) -> Result<String, String> {
    run_diff_with(root, old, new, false)
}

fn run_diff_with(
    root: &Path,
    old: Option<&str>,
    new: Option<&str>,
    no_overlays: bool,
) -> Result<String, String> {
    let arguments = DiffArguments {
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        format: ReportFormat::Text,
        no_overlays,
    };
    run(root, &arguments, &TestGenerator)
        .map(|(text, _)| text)
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn without_a_release_head_is_the_old_contract() {
    let dir = narrowed_repository();
    let text = run_diff(dir.path(), None, None).unwrap();
    assert!(text.contains("`maxLength` changed from 8 to 7"), "{text}");
    assert!(text.contains("note: no release found"), "{text}");
}

#[test]
fn greatest_release_is_the_old_contract() {
    let dir = narrowed_repository();
    git(dir.path(), &["tag", "v1.2.3", "HEAD~1"]);
    git(dir.path(), &["tag", "v1.10.0-rc.1"]);
    git(dir.path(), &["tag", "vague"]);
    let text = run_diff(dir.path(), None, None).unwrap();
    assert!(
        text.contains("v1.2.3:openapi.yaml -> openapi.yaml"),
        "{text}"
    );
    assert!(text.contains("`maxLength` changed from 9 to 7"), "{text}");
    assert!(text.contains("1.2.3 -> 1.3.0 (minor)"), "{text}");
}

#[test]
fn revisions_and_files_can_be_compared() {
    let dir = narrowed_repository();
    let text = run_diff(dir.path(), Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("`maxLength` changed from 9 to 8"), "{text}");
    fs::write(dir.path().join("other.yaml"), contract(5)).unwrap();
    let text = run_diff(dir.path(), Some("HEAD:openapi.yaml"), Some("other.yaml")).unwrap();
    assert!(text.contains("`maxLength` changed from 8 to 5"), "{text}");
    assert_eq!(
        run_diff(dir.path(), Some("HEAD"), Some("HEAD")).unwrap(),
        "HEAD:openapi.yaml -> HEAD:openapi.yaml\n\nHEAD:openapi.yaml and HEAD:openapi.yaml mean the same.\n"
    );
}

#[test]
fn unknown_file_or_revision_is_an_error() {
    let dir = narrowed_repository();
    let error = run_diff(dir.path(), Some("nothing"), None).unwrap_err();
    assert!(
        error.starts_with("`nothing` is neither a file nor a git revision"),
        "{error}"
    );
    let error = run_diff(dir.path(), Some("--upload-pack=x"), None).unwrap_err();
    assert!(error.starts_with("`--upload-pack=x` is neither"), "{error}");
    let error = run_diff(dir.path(), Some("HEAD:none.yaml"), None).unwrap_err();
    assert!(
        error.starts_with("`HEAD` has no file `none.yaml`"),
        "{error}"
    );
}

#[test]
fn read_error_has_its_location() {
    let dir = narrowed_repository();
    fs::write(
        dir.path().join("broken.yaml"),
        "paths:\n  a: {$ref: '#/b'}\nb: {$ref: '#/paths/a'}\n",
    )
    .unwrap();
    let error = run_diff(dir.path(), None, Some("broken.yaml")).unwrap_err();
    assert!(error.starts_with("broken.yaml:"), "{error}");
    assert!(error.contains("refers to itself"), "{error}");
}

#[test]
fn contract_without_code_is_compared() {
    let dir = narrowed_repository();
    let text = run_diff(dir.path(), Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("note: Rust items are omitted"), "{text}");
}

/// Creates a workspace with a version and one crate without code.
fn workspace_without_code() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write_file(
        root,
        "Cargo.toml",
        "[workspace.package]\nversion = \"1.2.3\"\n",
    );
    write_file(root, "crates/a/Cargo.toml", "[package]\nname = \"a\"\n");
    dir
}

#[test]
fn large_contract_is_compared_without_code() {
    let dir = workspace_without_code();
    let root = dir.path();
    write_file(root, "old.yaml", "x-many: []\n");
    for (values, is_too_large) in [(60_000, false), (60_001, true)] {
        // The root and the list are values too.
        let text = format!("x-many: [{}]\n", "0,".repeat(values - 2));
        assert_eq!(parse(&text).len(), values);
        write_file(root, "new.yaml", &text);
        let text = run_diff(root, Some("old.yaml"), Some("new.yaml")).unwrap();
        assert!(text.contains("`x-many` changed"), "{text}");
        let limit = format!("new.yaml: it has {values} values");
        assert_eq!(text.contains(&limit), is_too_large, "{text}");
    }
}

/// Returns an overlay that sets the limit.
fn overlay(limit: u32) -> String {
    format!("overlay: 1.0.0\nactions: [{{target: $..schema, update: {{maxLength: {limit}}}}}]\n")
}

#[test]
fn overlays_of_each_revision_are_applied() {
    let dir = narrowed_repository();
    let root = dir.path();
    write_file(root, "overlays/a.yaml", &overlay(5));
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "third"]);
    write_file(root, "overlays/a.yaml", &overlay(4));
    let text = run_diff(root, None, None).unwrap();
    assert!(text.contains("`maxLength` changed from 5 to 4"), "{text}");
    for note in [
        "note: HEAD:openapi.yaml includes the overlay overlays/a.yaml",
        "note: openapi.yaml includes the overlay overlays/a.yaml",
    ] {
        assert!(text.contains(note), "{text}");
    }
    // Before the third commit there was no overlay.
    let text = run_diff(root, Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("`maxLength` changed from 8 to 5"), "{text}");
    // A file in another directory has no overlay next to it.
    write_file(root, "other/new.yaml", &contract(3));
    let text = run_diff(root, None, Some("other/new.yaml")).unwrap();
    assert!(text.contains("`maxLength` changed from 5 to 3"), "{text}");
    let text = run_diff_with(root, Some("HEAD~1"), None, true).unwrap();
    assert!(text.contains("`maxLength` changed from 8 to 7"), "{text}");
    assert!(!text.contains("overlay"), "{text}");
}

#[test]
fn overlay_error_has_its_location() {
    let dir = narrowed_repository();
    write_file(
        dir.path(),
        "overlays/a.yaml",
        "overlay: 1.0.0\nactions:\n  - {target: $.nowhere, remove: true}\n",
    );
    let error = run_diff(dir.path(), None, None).unwrap_err();
    assert!(
        error.starts_with("overlays/a.yaml:3:5: action 0: `$.nowhere` matches nothing"),
        "{error}"
    );
}

#[test]
fn openapi_3_1_is_compared_by_meaning_or_rejected() {
    let dir = workspace_without_code();
    let root = dir.path();
    let text = |version: &str, schema: &str| {
        format!(
            "openapi: {version}\npaths: {{/a: {{post: {{requestBody: {{content: {{a/b:\n  {{schema: {schema}}}}}}}}}}}}}\n"
        )
    };
    write_file(
        root,
        "old.yaml",
        &text(
            "3.0.3",
            "{type: string, nullable: true, maximum: 3, exclusiveMaximum: true}",
        ),
    );
    write_file(
        root,
        "new.yaml",
        &text("3.1.0", "{type: [string, 'null'], exclusiveMaximum: 3}"),
    );
    let same = run_diff(root, Some("old.yaml"), Some("new.yaml")).unwrap();
    assert!(
        same.contains("old.yaml and new.yaml mean the same."),
        "{same}"
    );
    assert!(
        same.contains("note: new.yaml is OpenAPI 3.1.0, read as 3.0"),
        "{same}"
    );
    write_file(root, "new.yaml", &text("3.1.0", "{if: {}}"));
    let error = run_diff(root, Some("old.yaml"), Some("new.yaml")).unwrap_err();
    assert!(error.starts_with("new.yaml:3:13: `/paths/~1a/post/requestBody/content/a~1b/schema/if`: `if` cannot be expressed in OpenAPI 3.0"), "{error}");
}
