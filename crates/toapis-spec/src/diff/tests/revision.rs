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
fn narrowed() -> TempDir {
    let folder = repository(&[
        ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n"),
        ("openapi.yaml", &contract(9)),
    ]);
    write_file(folder.path(), "openapi.yaml", &contract(8));
    git(folder.path(), &["commit", "--quiet", "-am", "second"]);
    write_file(folder.path(), "openapi.yaml", &contract(7));
    folder
}

fn told(root: &Path, old: Option<&str>, new: Option<&str>) -> Result<String, String> {
    told_of(root, old, new, false)
}

fn told_of(
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
fn without_a_release_the_last_commit_is_compared_with_the_working_tree_and_it_is_said() {
    let folder = narrowed();
    let text = told(folder.path(), None, None).unwrap();
    assert!(text.contains("`maxLength` went from 8 to 7"), "{text}");
    assert!(text.contains("note: nothing was released yet"), "{text}");
}

#[test]
fn the_greatest_release_is_compared_with_the_working_tree() {
    let folder = narrowed();
    git(folder.path(), &["tag", "v1.2.3", "HEAD~1"]);
    git(folder.path(), &["tag", "v1.10.0-rc.1"]);
    git(folder.path(), &["tag", "vague"]);
    let text = told(folder.path(), None, None).unwrap();
    assert!(
        text.contains("v1.2.3:openapi.yaml -> openapi.yaml"),
        "{text}"
    );
    assert!(text.contains("`maxLength` went from 9 to 7"), "{text}");
    assert!(text.contains("1.2.3 -> 1.3.0 (minor)"), "{text}");
}

#[test]
fn two_revisions_and_a_file_can_be_named() {
    let folder = narrowed();
    let text = told(folder.path(), Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("`maxLength` went from 9 to 8"), "{text}");
    fs::write(folder.path().join("other.yaml"), contract(5)).unwrap();
    let text = told(folder.path(), Some("HEAD:openapi.yaml"), Some("other.yaml")).unwrap();
    assert!(text.contains("`maxLength` went from 8 to 5"), "{text}");
    assert_eq!(
        told(folder.path(), Some("HEAD"), Some("HEAD")).unwrap(),
        "HEAD:openapi.yaml -> HEAD:openapi.yaml\n\nHEAD:openapi.yaml and HEAD:openapi.yaml mean the same.\n"
    );
}

#[test]
fn what_is_neither_a_file_nor_a_revision_is_named_in_one_error() {
    let folder = narrowed();
    let error = told(folder.path(), Some("nothing"), None).unwrap_err();
    assert!(
        error.starts_with("`nothing` is neither a file nor a revision of git"),
        "{error}"
    );
    let error = told(folder.path(), Some("--upload-pack=x"), None).unwrap_err();
    assert!(error.starts_with("`--upload-pack=x` is neither"), "{error}");
    let error = told(folder.path(), Some("HEAD:none.yaml"), None).unwrap_err();
    assert!(
        error.starts_with("there is no `none.yaml` in `HEAD`"),
        "{error}"
    );
}

#[test]
fn a_contract_that_cannot_be_read_is_told_with_its_place() {
    let folder = narrowed();
    fs::write(
        folder.path().join("broken.yaml"),
        "paths:\n  a: {$ref: '#/b'}\nb: {$ref: '#/paths/a'}\n",
    )
    .unwrap();
    let error = told(folder.path(), None, Some("broken.yaml")).unwrap_err();
    assert!(error.starts_with("broken.yaml:"), "{error}");
    assert!(error.contains("refers to itself"), "{error}");
}

#[test]
fn a_contract_that_no_code_can_be_generated_from_is_compared_all_the_same() {
    let folder = narrowed();
    let text = told(folder.path(), Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("note: the Rust items are left out"), "{text}");
}

/// Creates a workspace with a version and one crate without code.
fn without_code() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_file(
        root,
        "Cargo.toml",
        "[workspace.package]\nversion = \"1.2.3\"\n",
    );
    write_file(root, "crates/a/Cargo.toml", "[package]\nname = \"a\"\n");
    folder
}

#[test]
fn a_contract_of_too_many_values_is_compared_without_its_code() {
    let folder = without_code();
    let root = folder.path();
    write_file(root, "old.yaml", "x-many: []\n");
    for (values, is_too_large) in [(60_000, false), (60_001, true)] {
        // The root and the list are values too.
        let text = format!("x-many: [{}]\n", "0,".repeat(values - 2));
        assert_eq!(parse(&text).len(), values);
        write_file(root, "new.yaml", &text);
        let text = told(root, Some("old.yaml"), Some("new.yaml")).unwrap();
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
fn a_contract_is_compared_with_the_overlays_that_stood_beside_it() {
    let folder = narrowed();
    let root = folder.path();
    write_file(root, "overlays/a.yaml", &overlay(5));
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "third"]);
    write_file(root, "overlays/a.yaml", &overlay(4));
    let text = told(root, None, None).unwrap();
    assert!(text.contains("`maxLength` went from 5 to 4"), "{text}");
    for note in [
        "note: HEAD:openapi.yaml is amended by overlays/a.yaml",
        "note: openapi.yaml is amended by overlays/a.yaml",
    ] {
        assert!(text.contains(note), "{text}");
    }
    // Before the third commit there was no overlay.
    let text = told(root, Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("`maxLength` went from 8 to 5"), "{text}");
    // A file in another directory has no overlay next to it.
    write_file(root, "other/new.yaml", &contract(3));
    let text = told(root, None, Some("other/new.yaml")).unwrap();
    assert!(text.contains("`maxLength` went from 5 to 3"), "{text}");
    let text = told_of(root, Some("HEAD~1"), None, true).unwrap();
    assert!(text.contains("`maxLength` went from 8 to 7"), "{text}");
    assert!(!text.contains("amended"), "{text}");
}

#[test]
fn an_overlay_that_cannot_be_applied_is_told_with_its_place() {
    let folder = narrowed();
    write_file(
        folder.path(),
        "overlays/a.yaml",
        "overlay: 1.0.0\nactions:\n  - {target: $.nowhere, remove: true}\n",
    );
    let error = told(folder.path(), None, None).unwrap_err();
    assert!(
        error.starts_with("overlays/a.yaml:3:5: action 0: `$.nowhere` matches nothing"),
        "{error}"
    );
}

#[test]
fn a_contract_of_3_1_is_compared_as_what_it_means_and_refused_where_it_cannot_be() {
    let folder = without_code();
    let root = folder.path();
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
    let same = told(root, Some("old.yaml"), Some("new.yaml")).unwrap();
    assert!(
        same.contains("old.yaml and new.yaml mean the same."),
        "{same}"
    );
    assert!(
        same.contains("note: new.yaml is of OpenAPI 3.1.0, and read as 3.0"),
        "{same}"
    );
    write_file(root, "new.yaml", &text("3.1.0", "{if: {}}"));
    let error = told(root, Some("old.yaml"), Some("new.yaml")).unwrap_err();
    assert!(error.starts_with("new.yaml:3:13: `/paths/~1a/post/requestBody/content/a~1b/schema/if`: `if` cannot be expressed in OpenAPI 3.0"), "{error}");
}
