//! Names on the command line: files, revisions, and what is neither.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::spec::diff::{DiffArguments, Format, run};

fn git(root: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(root)
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        status.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&status.stderr)
    );
}

fn contract(limit: u32) -> String {
    format!(
        "paths: {{/a: {{post: {{requestBody: {{content: {{a/b: {{schema: {{maxLength: {limit}}}}}}}}}}}}}}}\n"
    )
}

/// A repository whose contract said 9 at first, 8 at `HEAD`, and says 7 now.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("crates/a")).unwrap();
    fs::write(
        root.join("crates/a/Cargo.toml"),
        "[package]\nname = \"a\"\n",
    )
    .unwrap();
    fs::write(
        root.join("Cargo.toml"),
        "[workspace.package]\nversion = \"1.2.3\"\n",
    )
    .unwrap();
    fs::write(root.join("openapi.yaml"), contract(9)).unwrap();
    git(root, &["init", "--quiet"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "first"]);
    fs::write(root.join("openapi.yaml"), contract(8)).unwrap();
    git(root, &["commit", "--quiet", "-am", "second"]);
    fs::write(root.join("openapi.yaml"), contract(7)).unwrap();
    folder
}

fn told(root: &Path, old: Option<&str>, new: Option<&str>) -> Result<String, String> {
    let arguments = DiffArguments {
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        format: Format::Text,
    };
    run(root, &arguments)
        .map(|(text, _)| text)
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn without_a_release_the_last_commit_is_compared_with_the_working_tree_and_it_is_said() {
    let folder = repository();
    let text = told(folder.path(), None, None).unwrap();
    assert!(text.contains("`maxLength` went from 8 to 7"), "{text}");
    assert!(text.contains("note: nothing was released yet"), "{text}");
}

#[test]
fn the_greatest_release_is_compared_with_the_working_tree() {
    let folder = repository();
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
    let folder = repository();
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
    let folder = repository();
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
    let folder = repository();
    fs::write(
        folder.path().join("broken.yaml"),
        "paths:\n  a: {$ref: '#/b'}\nb: {$ref: '#/paths/a'}\n",
    )
    .unwrap();
    let error = told(folder.path(), None, Some("broken.yaml")).unwrap_err();
    assert!(error.starts_with("broken.yaml:"), "{error}");
    assert!(error.contains("leads in a circle"), "{error}");
}

#[test]
fn a_contract_that_no_code_can_be_generated_from_is_compared_all_the_same() {
    let folder = repository();
    let text = told(folder.path(), Some("HEAD~1"), Some("HEAD")).unwrap();
    assert!(text.contains("note: the Rust items are left out"), "{text}");
}
